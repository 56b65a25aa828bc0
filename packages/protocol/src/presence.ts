/** Presence: who has a room open right now. A signal: never numbered, never stored. */

/** `away`: in none of their windows has anything been looked at for a while. Whoever isn't named is offline. */
export type PresenceState = 'online' | 'away'

/** Says how this connection's user is, in all rooms that are open on it. A new connection is `online`. */
export interface PresenceSetCommand {
  type: 'presence.set'
  state: PresenceState
}

/** Asks to be told who is in a room, from now on until it is closed, or asked not to be any more. */
export interface PresenceWatchCommand {
  type: 'presence.watch'
  /** A room that is open on this connection. */
  roomId: string
  on: boolean
}

/** A person in a room, however many connections they have. */
export interface PresentUser {
  id: string
  name: string | null
  state: PresenceState
}

/** Everybody who is in the room now, the reader included; it replaces what was told before. */
export interface PresenceSignal {
  type: 'presence'
  roomId: string
  /** All of them in a room of at most `MAX_PRESENT_LISTED`; of more, the first `PRESENT_SAMPLE` who came. */
  users: PresentUser[]
  /** All of them, also those who aren't named. */
  count: number
  /** The service doesn't know everybody now, because it has just started or can't hear its other nodes. */
  isDegraded?: true
}
