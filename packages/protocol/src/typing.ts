/** Typing: who is writing in a room right now. A signal: never numbered, never stored. */

/** Says that the user began or stopped writing. It ends by itself after `TYPING_TTL_MS`, unless it is said again. */
export interface TypingSetCommand {
  type: 'typing.set'
  /** A room that is open on this connection. */
  roomId: string
  on: boolean
}

/** Everybody who writes in the room now, the reader included; it replaces what was told before. */
export interface TypingSignal {
  type: 'typing'
  roomId: string
  /** Who began first comes first; at most `MAX_TYPERS`. */
  users: { id: string; name: string | null }[]
  /** All of them, also those who aren't named. */
  count: number
}
