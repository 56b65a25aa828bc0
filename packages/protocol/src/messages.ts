/** Messages: send, edit, delete, cancel, list; and their changes. */
import type { Position } from './connect.ts'
import type { JsonObject, MessageRow } from './rows.ts'

/** Sends a message. The same id again, from the same sender with the same content, is answered with the first seq. */
export interface MessageSendCommand {
  type: 'message.send'
  roomId: string
  id: string
  text: string
  data?: JsonObject
  /** The sender's message before this one in this room, while its outcome is unknown: unstored gives `out_of_order`. */
  after?: string
  /** 1 for the first try (the default), then 2, 3, ...: a final refusal of a repeated try burns the id. */
  attempt?: number
}

/** The message is stored, durably. Its row comes with the event. */
export interface MessageSendResult {
  id: string
  seq: number
}

/** Changes a message's text or data. Authors only. */
export interface MessageEditCommand {
  type: 'message.edit'
  roomId: string
  id: string
  text?: string
  /** Replaces the data; null removes it. */
  data?: JsonObject | null
  /** Names this edit: the same `editId` again is answered as the first time. A UUID. */
  editId: string
  /** The `textVersion` that the edit was made on; another one gives `edit_conflict`. */
  baseVersion: number
}

/** Deletes a message for everybody and leaves a tombstone. Authors, moderators and owners. Twice is no change. */
export interface MessageDeleteCommand {
  type: 'message.delete'
  roomId: string
  id: string
}

export interface MessageChangeResult {
  id: string
  /** The seq of the change. */
  version: number
}

/** Takes back a message whose outcome is unknown: if it isn't stored by now, it never will be. */
export interface MessageCancelCommand {
  type: 'message.cancel'
  roomId: string
  id: string
}

export interface MessageCancelResult {
  id: string
  /** The seq of the message if it was stored already; absent when the id is cancelled for good. */
  seq?: number
}

/** A page of history by creation order. At most one of `before`, `after` and `around`; none: the newest page. */
export interface MessageListCommand {
  type: 'message.list'
  roomId: string
  /** Messages created before this seq, nearest first in the search, oldest first in the answer. */
  before?: number
  /** Messages created after this seq. */
  after?: number
  /** A page with this message in the middle. */
  around?: string
  /** 1 to 100, default 50. */
  limit?: number
  /** Where the client stands: no answer is older. */
  position?: Position
}

export interface MessageListResult {
  epoch: string
  /** The head at which the page was read: events above it must be applied again over these rows. */
  head: number
  /** Oldest first. */
  messages: MessageRow[]
  hasOlder: boolean
  hasNewer: boolean
}

export interface MessageEvent {
  type: 'message.created' | 'message.edited' | 'message.deleted' | 'message.reacted'
  roomId: string
  seq: number
  /** Present when this change opened a new epoch. */
  epoch?: string
  message: MessageRow
}
