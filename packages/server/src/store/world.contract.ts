/** A world to test a store in: its own clock, and people and rooms that no other test knows. */
import { randomUUID } from 'node:crypto'
import { type ErrorCode, type Event, type Role, type RoomKind, type User, uuidv7 } from '@parlor/protocol'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Change, Committed, RoomAction } from './change.ts'
import type { MessageDraft } from './messages.ts'
import type { Store } from './store.ts'

/** Makes an empty store. It is shared by the tests of a suite, and closed after them. */
export type CreateStore = (options: { now: () => number }) => Promise<Store>

/** One suite over one store. */
export function describeWithStore(title: string, createStore: CreateStore, body: (world: World) => void): void {
  describe(title, () => {
    const world = new World()
    beforeAll(async () => {
      world.open(await createStore({ now: () => world.nowMs }))
    })
    afterAll(() => world.store.close())
    body(world)
  })
}

export class World {
  /** The store's clock. Tests may move it, forwards. */
  nowMs = 1_800_000_000_000
  #store: Store | undefined

  get store(): Store {
    if (!this.#store) throw new Error('the store is open in tests only')
    return this.#store
  }

  open(store: Store): void {
    this.#store = store
  }

  person(name: string): User {
    return { id: `${name}-${randomUUID()}`, name, picture: `https://pictures.test/${name}` }
  }

  people(count: number): User[] {
    return Array.from({ length: count }, (_, i) => this.person(`person-${i}`))
  }

  roomId(): string {
    return `room-${randomUUID()}`
  }

  /** A room with these members. */
  async room(kind: RoomKind, ...members: [User, Role][]): Promise<string> {
    const roomId = this.roomId()
    await this.store.upsertRoom({ roomId, kind, members: members.map(([user, role]) => ({ user, role })) })
    return roomId
  }

  /** What a user's command carries. Rooms that don't exist aren't open, unless the test says so. */
  by(user: User, roomId: string, more: { isOpen?: boolean; isServer?: boolean } = {}): RoomAction {
    return { actor: { user, isServer: more.isServer ?? false }, roomId, isOpen: more.isOpen ?? false }
  }

  draft(user: User, roomId: string, more: Partial<MessageDraft> = {}): MessageDraft {
    const messageId = more.messageId ?? uuidv7()
    return { ...this.by(user, roomId), messageId, text: 'hello', hash: `hash of ${messageId}`, attempt: 1, ...more }
  }

  /** Sends, and gives back the message's id and seq. */
  async send(user: User, roomId: string, more: Partial<MessageDraft> = {}): Promise<{ id: string; seq: number }> {
    const { result } = await this.store.sendMessage(this.draft(user, roomId, more))
    return result
  }

  async sendMany(user: User, roomId: string, count: number): Promise<{ id: string; seq: number }[]> {
    const drafts = Array.from({ length: count }, (_, i) => this.draft(user, roomId, { text: `message ${i + 1}` }))
    return (await Promise.all(drafts.map((draft) => this.store.sendMessage(draft)))).map(({ result }) => result)
  }

  /** A member, gone again: what `left` and `removed` mean to a room. */
  async removed(roomId: string, user: User): Promise<void> {
    const server = this.person('server')
    await this.store.addMember({ ...this.by(server, roomId, { isServer: true }), user })
    await this.store.removeMember({ ...this.by(server, roomId, { isServer: true }), userId: user.id })
  }
}

/** Expects a refusal with this code. */
export async function expectRefusal(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'ChatError', code })
}

/** The refusal as it travels. */
export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (result) => ({ result }),
    (error) => error.toWire(),
  )
}

export function types(committed: Committed<unknown>): Event['type'][] {
  return committed.changes.map((change) => change.event.type)
}

/** The seqs of these changes, in the order of the changes. */
export function seqs(changes: readonly Change[]): number[] {
  return changes.map((change) => change.event.seq)
}

/** 1, 2, ..., n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}
