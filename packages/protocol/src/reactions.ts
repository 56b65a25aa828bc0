/** Reactions: one person's mark on a message, with one emoji. */

/** Sets or clears one's own reaction. Setting what is set, or clearing what isn't, is no change. */
export interface MessageReactCommand {
  type: 'message.react'
  roomId: string
  id: string
  /** One emoji, or a name between colons such as `:shipit:`; at most 32 UTF-16 code units. */
  emoji: string
  on: boolean
}
