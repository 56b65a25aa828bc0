/** What the store does for reactions: they live in their message's row. */
import type { MessageChangeResult } from '@parlor/protocol'
import type { Committed, RoomAction } from './change.ts'

export interface ReactionStore {
  /**
   * Sets or clears the actor's reaction; no change where it is so already. Setting joins a visitor of a public room.
   * Refuses `message_not_found`, `message_deleted`, `reaction_limit`, `forbidden`, `room_not_found`, `removed`.
   */
  setReaction(reaction: ReactionChange): Promise<Committed<MessageChangeResult>>
}

// --- types ---

export interface ReactionChange extends RoomAction {
  messageId: string
  emoji: string
  on: boolean
}
