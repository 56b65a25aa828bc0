/** The three kinds of versioned rows of a room (the room, a member, a message) as they travel. */

/** Who a token says somebody is. `id` is the token's `sub`. */
export interface User {
  id: string
  name: string | null
  picture: string | null
}

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Application data carried by a row: a JSON object. */
export type JsonObject = { [key: string]: Json }

export type RoomKind = 'public' | 'private' | 'direct'

/** From most to least powerful. */
export type Role = 'owner' | 'moderator' | 'member' | 'guest'

export const ROLES: readonly Role[] = ['owner', 'moderator', 'member', 'guest']

/** A room. A room that exists only by a pattern of `PUBLIC_ROOMS` and was never written has `version` 0. */
export interface RoomRow {
  id: string
  kind: RoomKind
  name: string | null
  /** Members now, tombstones not counted. */
  memberCount: number
  /** The lowest seq that history still reaches; 1 until retention raises it. */
  floor: number
  /** Milliseconds since 1970; 0 for a room never written. */
  createdAt: number
  version: number
  data?: JsonObject
}

/** A user in a room. With `gone` it is a tombstone: the user isn't a member (any more). */
export interface MemberRow {
  userId: string
  name: string | null
  picture: string | null
  role: Role
  /** Milliseconds since 1970. */
  joinedAt: number
  version: number
  /** `left` by themselves, or `removed` by somebody: the removed read nothing until they join again. */
  gone?: 'left' | 'removed'
}

/** Who reacted with one emoji, in the order of their reactions. */
export interface Reaction {
  emoji: string
  userIds: string[]
}

/** A message. With `deletedAt` it is a tombstone: `text` is empty, `data` and `reactions` are gone. */
export interface MessageRow {
  /** Made by the sender's client; the same from the optimistic row to the database. */
  id: string
  /** The room's change number that created it: its place in the list, forever. */
  seq: number
  /** The room's change number of its last change. */
  version: number
  /** 1, 2, 3, ... among the room's messages. */
  ordinal: number
  /** The version of its text: `seq`, or the version of its last edit. An edit names the one it was made on. */
  textVersion: number
  /** The author, as the token said when the message was sent. */
  user: User
  text: string
  data?: JsonObject
  /** Milliseconds since 1970, the service's clock. */
  createdAt: number
  editedAt?: number
  deletedAt?: number
  /** The user who deleted it. */
  deletedBy?: string
  reactions: Reaction[]
}
