/** What the store does for messages. */
import type {
  JsonObject,
  MessageCancelResult,
  MessageChangeResult,
  MessageListResult,
  MessageSendResult,
} from '@parlor/protocol'
import type { Committed, RoomAction } from './change.ts'

export interface MessageStore {
  /**
   * Stores a message. In this order: a known id is answered with its seq if sender and hash agree (also when the sender
   * has left since), else `id_conflict`; a cancelled id, `cancelled`; then room and membership (`room_not_found`,
   * `removed`, `forbidden`); then `after`, unless it is stored: `out_of_order`. A visitor of a public room joins it, and
   * an open room that doesn't exist is made, in the same transaction.
   * A refusal with action `tell` of `attempt` > 1 burns the id: it is `cancelled` from then on.
   */
  sendMessage(draft: MessageDraft): Promise<Committed<MessageSendResult>>

  /**
   * Changes text or data. The same `editId` as the message's last edit is answered as then. Refuses `message_not_found`,
   * `message_deleted`, `forbidden` (not the author), `edit_conflict`, `room_not_found`, `removed`.
   */
  editMessage(edit: MessageEdit): Promise<Committed<MessageChangeResult>>

  /** Leaves a tombstone; deleting a tombstone is no change. Refuses as `editMessage`, conflicts excepted. */
  deleteMessage(action: RoomAction & { messageId: string }): Promise<Committed<MessageChangeResult>>

  /**
   * If the sender's message is stored, its seq; else the id is cancelled for good. Never refuses its sender, whatever
   * became of their membership; another's id is `id_conflict`.
   */
  cancelMessage(action: RoomAction & { messageId: string }): Promise<Committed<MessageCancelResult>>

  /** A page of history. Refuses `room_not_found`, `removed`, and `message_not_found` for an unknown `around`. */
  listMessages(query: MessageListQuery): Promise<MessageListResult>
}

// --- types ---

export interface MessageDraft extends RoomAction {
  messageId: string
  text: string
  data?: JsonObject | undefined
  /** SHA-256 of the command as first sent (`features/messages`): what a retry is compared by. 32 bytes, base64url. */
  hash: string
  after?: string | undefined
  attempt: number
}

export interface MessageEdit extends RoomAction {
  messageId: string
  text?: string | undefined
  data?: JsonObject | null | undefined
  editId: string
  baseVersion: number
}

export interface MessageListQuery {
  roomId: string
  userId: string
  isOpen: boolean
  before?: number | undefined
  after?: number | undefined
  around?: string | undefined
  limit: number
}
