/** Caller is who asks a feature for something: the signed-in user, and the connection if there is one. */
import type { User } from '@parlor/protocol'
import type { Reader } from '../delivery/room-feed.ts'

export interface Caller {
  user: User
  /** The app's server, acting as this user through HTTP. */
  isServer?: boolean
  /** The connection that asks, if it comes by one. */
  reader?: Reader
}

/** A caller with a socket: what `room.open` needs to go on live. */
export interface ConnectedCaller extends Caller {
  reader: Reader
  /** Rooms open on this connection. */
  openRooms: Set<string>
}
