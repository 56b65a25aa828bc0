/** Reactions decides about marks on messages. */
import type { MessageChangeResult } from '@parlor/protocol'
import type { Publish } from '../../delivery/publish.ts'
import type { ReactionStore } from '../../store/reactions.ts'
import type { Caller } from '../caller.ts'
import type { IsOpenRoom } from '../open-rooms.ts'

export class Reactions {
  readonly #deps: ReactionsDeps

  constructor(deps: ReactionsDeps) {
    this.#deps = deps
  }

  async set(caller: Caller, mark: Mark): Promise<MessageChangeResult> {
    const { store, publish, isOpenRoom } = this.#deps
    const { roomId, id: messageId, emoji, on } = mark
    const action = { actor: { user: caller.user }, roomId, isOpen: isOpenRoom(roomId) }
    return publish(roomId, store.setReaction({ ...action, messageId, emoji, on }))
  }
}

// --- types ---

export interface ReactionsDeps {
  store: ReactionStore
  publish: Publish
  isOpenRoom: IsOpenRoom
}

export interface Mark {
  roomId: string
  id: string
  emoji: string
  on: boolean
}
