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
   * has left since), else `id_conflict` (to who can't read the room, the same as an unknown id); an id that its sender
   * cancelled, `cancelled`; then room and membership (`room_not_found`, `removed`, `forbidden`); then `after`, unless it
   * is stored: `out_of_order`. A visitor of a public room joins it, and an open room that doesn't exist is made, in the
   * same transaction. From the app's server, whoever isn't a member joins, but not the removed: `removed`.
   * A refusal with action `tell` of `attempt` > 1 burns the id: it is `cancelled` from then on, for this sender.
   */
  sendMessage(draft: MessageDraft): Promise<Committed<MessageSendResult>>

  /**
   * Changes text or data. The same `editId` as the message's last edit is answered as then, whatever became of the
   * message or of its author since. Refuses `room_not_found`, `removed`, `message_not_found`, `forbidden` (not the
   * author), `message_deleted`, `edit_conflict`, `message_empty` (nothing would be left).
   */
  editMessage(edit: MessageEdit): Promise<Committed<MessageChangeResult>>

  /** Leaves a tombstone; deleting a tombstone is no change. Refuses as `editMessage`, conflicts excepted. */
  deleteMessage(deletion: MessageTarget): Promise<Committed<MessageChangeResult>>

  /**
   * If the sender's message is stored, its seq; else the id is cancelled for good, for this sender. Never refuses its
   * sender, whatever became of their membership or of the room. The id of another's message is `id_conflict`, unless the
   * sender can't read the room: they get the same answer as for an unknown id.
   */
  cancelMessage(cancellation: MessageTarget): Promise<Committed<MessageCancelResult>>

  /** A page of history, tombstones included. Refuses `room_not_found`, `removed`, and `message_not_found` for an unknown `around`. */
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

export interface MessageTarget extends RoomAction {
  messageId: string
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
