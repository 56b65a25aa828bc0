/** A change as the store commits it, and what every changing method gives back. */
import type { Event, User } from '@parlor/protocol'

/** One committed change: what a node publishes. `event.seq` is the change's number in its room. */
export interface Change {
  /** The epoch that the change belongs to. `event.epoch` is set only on the first change of an epoch. */
  epoch: string
  event: Event
}

/** What a changing method answers. `changes` is empty where nothing changed: a duplicate, a join of a member. */
export interface Committed<T> {
  result: T
  /** In the order of their seqs, without holes between them; usually one, more when a room is made or joined with it. */
  changes: Change[]
}

/** Who acts. `user` is stamped into the rows that the action makes. */
export interface Actor {
  user: User
  /** The app's server acts for anybody: roles aren't asked, membership is made where it is missing. */
  isServer?: boolean
}

/** What every command on a room carries into the store. */
export interface RoomAction {
  actor: Actor
  roomId: string
  /** The configuration lets anybody make this room by using it (`PUBLIC_ROOMS`), if it doesn't exist yet. */
  isOpen: boolean
}
