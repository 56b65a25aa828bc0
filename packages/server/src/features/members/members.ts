/** Members decides about who belongs to a room, and with which role. */
import { MEMBERS_ON_OPEN, type MemberListResult, type MemberResult, type Role, type User } from '@parlor/protocol'
import type { Publish } from '../../delivery/publish.ts'
import type { MemberStore } from '../../store/members.ts'
import type { Caller } from '../caller.ts'
import type { IsOpenRoom } from '../open-rooms.ts'

export class Members {
  readonly #deps: MembersDeps

  constructor(deps: MembersDeps) {
    this.#deps = deps
  }

  async add(caller: Caller, roomId: string, user: User, role?: Role): Promise<MemberResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.addMember({ ...this.#action(caller, roomId), user, role }))
  }

  async remove(caller: Caller, roomId: string, userId: string): Promise<MemberResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.removeMember({ ...this.#action(caller, roomId), userId }))
  }

  async update(caller: Caller, roomId: string, userId: string, role: Role): Promise<MemberResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.updateMember({ ...this.#action(caller, roomId), userId, role }))
  }

  async list(
    caller: Caller,
    page: { roomId: string; after?: string | undefined; limit?: number | undefined },
  ): Promise<MemberListResult> {
    const { store, isOpenRoom } = this.#deps
    const { roomId, after, limit = MEMBERS_ON_OPEN } = page
    return store.listMembers({ roomId, userId: caller.user.id, isOpen: isOpenRoom(roomId), after, limit })
  }

  #action(caller: Caller, roomId: string) {
    const actor = { user: caller.user, ...(caller.isServer && { isServer: true }) }
    return { actor, roomId, isOpen: this.#deps.isOpenRoom(roomId) }
  }
}

// --- types ---

export interface MembersDeps {
  store: MemberStore
  publish: Publish
  isOpenRoom: IsOpenRoom
}
