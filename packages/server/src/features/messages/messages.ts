/** Messages decides about sending, editing, deleting and reading: check, do, notify. */
import {
  ChatError,
  DEFAULT_PAGE,
  type JsonObject,
  type MessageCancelResult,
  type MessageChangeResult,
  type MessageListResult,
  type MessageSendResult,
} from '@parlor/protocol'
import type { Publish } from '../../delivery/publish.ts'
import type { MessageStore } from '../../store/messages.ts'
import type { RateLimit } from '../../token-bucket.ts'
import type { Caller } from '../caller.ts'
import type { IsOpenRoom } from '../open-rooms.ts'
import { hashDraft } from './draft-hash.ts'

export class Messages {
  readonly #deps: MessagesDeps

  constructor(deps: MessagesDeps) {
    this.#deps = deps
  }

  /** No `await` before the store's call: one connection's sends keep their order. */
  async send(caller: Caller, draft: Draft): Promise<MessageSendResult> {
    const { store, publish } = this.#deps
    this.#requireFitting(draft.text)
    this.#takeRate(caller, draft.roomId)
    const { id: messageId, roomId, text, data, after, attempt = 1 } = draft
    const hash = hashDraft(draft)
    const action = this.#action(caller, roomId)
    const result = await publish(roomId, store.sendMessage({ ...action, messageId, text, data, hash, after, attempt }))
    this.#deps.onSent(caller, roomId)
    return result
  }

  async edit(caller: Caller, edit: EditDraft): Promise<MessageChangeResult> {
    const { store, publish } = this.#deps
    if (edit.text !== undefined) this.#requireFitting(edit.text)
    const { id: messageId, roomId, text, data, editId, baseVersion } = edit
    const action = this.#action(caller, roomId)
    return publish(roomId, store.editMessage({ ...action, messageId, text, data, editId, baseVersion }))
  }

  async delete(caller: Caller, roomId: string, messageId: string): Promise<MessageChangeResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.deleteMessage({ ...this.#action(caller, roomId), messageId }))
  }

  async cancel(caller: Caller, roomId: string, messageId: string): Promise<MessageCancelResult> {
    const { store, publish } = this.#deps
    // It leaves a row that is kept, as a message does.
    this.#takeRate(caller, roomId)
    return publish(roomId, store.cancelMessage({ ...this.#action(caller, roomId), messageId }))
  }

  async list(caller: Caller, page: PageQuery): Promise<MessageListResult> {
    const { store, isOpenRoom } = this.#deps
    const { roomId, before, after, around, limit = DEFAULT_PAGE } = page
    const isOpen = isOpenRoom(roomId)
    return store.listMessages({ roomId, userId: caller.user.id, isOpen, before, after, around, limit })
  }

  #action(caller: Caller, roomId: string) {
    const actor = { user: caller.user, ...(caller.isServer && { isServer: true }) }
    return { actor, roomId, isOpen: this.#deps.isOpenRoom(roomId) }
  }

  #requireFitting(text: string): void {
    const { maxTextChars } = this.#deps
    if (text.length > maxTextChars)
      throw new ChatError('message_too_long', { hint: `At most ${maxTextChars} characters.`, field: 'text' })
  }

  /** The app's own server isn't limited. A refusal here is never final, so a retry of a stored message loses nothing. */
  #takeRate(caller: Caller, roomId: string): void {
    if (caller.isServer) return
    const retryAfterMs = this.#deps.userRate.take(caller.user.id) || this.#deps.roomRate.take(roomId)
    if (retryAfterMs > 0) throw new ChatError('rate_limited', { retryAfterMs })
  }
}

// --- types ---

export interface MessagesDeps {
  store: MessageStore
  publish: Publish
  isOpenRoom: IsOpenRoom
  /** Each says how long to wait: 0, if the next message may come now. */
  userRate: Pick<RateLimit, 'take'>
  roomRate: Pick<RateLimit, 'take'>
  maxTextChars: number
  /** A message of theirs is stored. */
  onSent: (caller: Caller, roomId: string) => void
}

export interface Draft {
  roomId: string
  id: string
  text: string
  data?: JsonObject | undefined
  after?: string | undefined
  attempt?: number | undefined
}

export interface EditDraft {
  roomId: string
  id: string
  text?: string | undefined
  data?: JsonObject | null | undefined
  editId: string
  baseVersion: number
}

export interface PageQuery {
  roomId: string
  before?: number | undefined
  after?: number | undefined
  around?: string | undefined
  limit?: number | undefined
}
