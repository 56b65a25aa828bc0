/** Sign-in and the life of a connection: `hello`, `session.refresh`, `ping`, and what the service says by itself. */
import type { MemberRow, MessageRow, RoomRow, User } from './rows.ts'

/** Where a client stands in a room: it has applied every change up to `seq` of `epoch`. */
export interface Position {
  /** Empty for a room that has no changes yet. */
  epoch: string
  seq: number
}

/** A room that was open when the connection broke, in `hello`; or in `room.open`, one that is in a cache or a snapshot. */
export interface ResumePoint extends Position {
  /** The newest message held: if the room's history doesn't have this pair, the answer is a reset. */
  newest?: { seq: number; id: string }
}

/** The first frame of a client. Answered by `Welcome`, then by one `room.opened` or `room.closed` for each room named. */
export interface HelloCommand {
  type: 'hello'
  /** Left out only where the session cookie of the upgrade signs in. */
  token?: string
  /** At most `welcome.limits.roomsPerConnection`, which is 200 unless set otherwise. */
  rooms?: (ResumePoint & { roomId: string })[]
  /** The client library, for the service's log: `@parlor/client/0.1.0`. */
  client?: string
}

export interface Welcome {
  protocol: number
  connectionId: string
  user: User
  /** When the service will close this connection unless the session is refreshed; ms since 1970, the service's clock. */
  expiresAt: number
  /** The service's clock now, ms since 1970. */
  serverTime: number
  /** A client that hears nothing for this long plus 10 s should reconnect. */
  heartbeatMs: number
  limits: { textChars: number; frameBytes: number; roomsPerConnection: number; page: number }
}

/** Re-authenticates in band. The new token must name the same user and session. */
export interface SessionRefreshCommand {
  type: 'session.refresh'
  token: string
}

export interface SessionRefreshed {
  expiresAt: number
}

/** Asks whether the connection is alive, when a page becomes visible or a device comes online. */
export interface PingCommand {
  type: 'ping'
}

export interface Pong {
  serverTime: number
}

/**
 * What changed after `from`, up to and including `to`: the rows as they are at `to`, each once. Not every number
 * between keeps a row. A client at `from` or later applies the rows that are newer than its own, then stands at `to`.
 */
export interface Range {
  from: number
  to: number
  room?: RoomRow
  members: MemberRow[]
  messages: MessageRow[]
}

/** A fresh start: forget every row of the room, then hold these. */
export interface Reset {
  /** `fresh`: nothing was held. `behind`: too much changed. `unknown`: that position isn't of this history. */
  reason: 'fresh' | 'behind' | 'unknown'
  room: RoomRow
  /** The newest page, oldest first. */
  messages: MessageRow[]
  hasOlder: boolean
  members: MemberRow[]
  /** False when the room has more members than were sent. */
  membersComplete: boolean
}

/** A room as it was read in one snapshot of the store at `head`. Exactly one of `range` and `reset` is there. */
export interface RoomOpened {
  roomId: string
  epoch: string
  head: number
  /** The reader's own member row; null for a reader of a public room who hasn't joined. */
  me: MemberRow | null
  range?: Range
  reset?: Reset
}

/**
 * A room was brought up to date without a `room.open`: after `hello`, or live when the service had to read it again.
 * Whatever the client held of the room, it goes on from here.
 */
export interface RoomOpenedPush extends RoomOpened {
  type: 'room.opened'
}

/** The room isn't open on this connection any more, or couldn't be opened by `hello`. */
export interface RoomClosedPush {
  type: 'room.closed'
  roomId: string
  /** `removed`: the user isn't in the room any more. `not_found`: unknown or forbidden. `unavailable`: try again. */
  reason: 'removed' | 'not_found' | 'unavailable'
}

/** Changes that the service had to read from the store: a range, sent live. */
export interface RoomRangePush extends Range {
  type: 'room.range'
  roomId: string
  epoch: string
}

/** The service is about to close (1012): reconnect after this long, in ms. */
export interface DrainingPush {
  type: 'connection.draining'
  reconnectAfterMs: number
}
