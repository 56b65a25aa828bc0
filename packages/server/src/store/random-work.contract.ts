/** Random work for a store: steps that fast-check makes up, in a small world where they meet each other. */
import type { MessageRow, Role, RoomKind, User } from '@parlor/protocol'
import fc from 'fast-check'
import type { Change, Committed } from './change.ts'
import type { Store } from './store.ts'

/** Everything that users and the app's server can do, as data. Numbers pick people, rooms, messages and versions. */
export const stepArbitrary: fc.Arbitrary<Step> = fc.noBias(
  fc.record({
    what: fc.oneof(
      { arbitrary: fc.constant('send' as const), weight: 8 },
      { arbitrary: fc.constantFrom('edit', 'react', 'delete'), weight: 8 },
      { arbitrary: fc.constantFrom('cancel', 'join', 'leave', 'add', 'remove', 'update', 'upsert'), weight: 7 },
    ),
    user: fc.nat(3),
    other: fc.nat(3),
    room: fc.oneof({ arbitrary: fc.nat(1), weight: 8 }, { arbitrary: fc.constant(2), weight: 1 }),
    message: fc.nat(7),
    after: rarely(fc.nat(7)),
    version: fc.nat(9),
    variant: fc.nat(1),
    attempt: fc.integer({ min: 1, max: 2 }),
    isServer: fc.nat(9).map((n) => n === 0),
    on: fc.boolean(),
    text: fc.constantFrom('', 'hi', 'a longer text', 'ünï¢ødé 👩‍👩‍👧'),
    data: rarely(fc.constantFrom<{ a: number }>({ a: 1 }, { a: 2 })),
    kind: rarely(fc.constantFrom<RoomKind>('public', 'private', 'direct')),
    role: fc.option(fc.constantFrom<Role>('owner', 'moderator', 'member', 'guest'), { nil: undefined, freq: 2 }),
  }),
)

/** For room 1 of a stage. */
export const kindArbitrary: fc.Arbitrary<RoomKind> = fc.constantFrom<RoomKind>('public', 'private')

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary, weight: 1 })
}

/** The people, rooms and message ids that the steps of one run pick from. Room 0 is open, room 1 is ann's. */
export class Stage {
  readonly people: readonly User[]
  readonly rooms: readonly string[]
  readonly #run: string
  /** Messages as they were last told of, by their id and room: who edits often knows what. */
  readonly #known = new Map<string, MessageRow>()

  /** What room 1 is made as. */
  readonly #kind: RoomKind

  constructor(run: string, kind: RoomKind) {
    this.#run = run
    this.#kind = kind
    this.people = ['ann', 'bob', 'cat', 'dan'].map((name) => ({ id: `${name}-${run}`, name, picture: null }))
    this.rooms = ['open', 'one', 'two'].map((name) => `${name}-${run}`)
  }

  isOpen(roomId: string): boolean {
    return roomId === this.rooms[0]
  }

  /** The first step of every run. */
  get opening(): Step {
    const nobody = { message: 0, after: undefined, version: 0, variant: 0, attempt: 1, isServer: false, on: false }
    return {
      ...nobody,
      what: 'upsert',
      user: 0,
      other: 0,
      room: 1,
      text: '',
      data: undefined,
      kind: this.#kind,
      role: 'owner',
    }
  }

  /** What became of the step: its result and changes, or its refusal. */
  async perform(store: Store, step: Step): Promise<Performed> {
    try {
      const committed = await this.#do(store, step)
      for (const { event } of committed.changes) {
        if ('message' in event) this.#known.set(`${event.message.id} ${event.roomId}`, event.message)
      }
      return { committed }
    } catch (error) {
      return { refusal: (error as { code?: string }).code ?? String(error) }
    }
  }

  #do(store: Store, step: Step): Promise<Committed<unknown>> {
    const { text, data, attempt, on, role, kind } = step
    const roomId = pick(this.rooms, step.room)
    const user = pick(this.people, step.user)
    const other = pick(this.people, step.other)
    const action = { actor: { user, isServer: step.isServer }, roomId, isOpen: this.isOpen(roomId) }
    const messageId = this.#messageId(step.message)
    switch (step.what) {
      case 'send': {
        const after = step.after === undefined ? undefined : this.#messageId(step.after)
        return store.sendMessage({ ...action, messageId, text, data, hash: `hash ${step.variant}`, after, attempt })
      }
      case 'edit': {
        const known = step.variant ? this.#known.get(`${messageId} ${roomId}`) : undefined
        const actor = known ? { user: known.user } : action.actor
        const baseVersion = known?.textVersion ?? step.version
        const editId = `edit ${step.version}`
        return store.editMessage({ ...action, actor, messageId, text, data: data ?? null, editId, baseVersion })
      }
      case 'react':
        return store.setReaction({ ...action, messageId, emoji: `e${step.variant}`, on })
      case 'delete':
        return store.deleteMessage({ ...action, messageId })
      case 'cancel':
        return store.cancelMessage({ ...action, messageId })
      case 'join':
        return store.joinRoom(action)
      case 'leave':
        return store.leaveRoom(action)
      case 'add':
        return store.addMember({ ...action, user: other, role })
      case 'remove':
        return store.removeMember({ ...action, userId: other.id })
      case 'update':
        return store.updateMember({ ...action, userId: other.id, role: role ?? 'member' })
      case 'upsert':
        return store.upsertRoom({ roomId, kind, name: text || null, data, members: [{ user: other, role }] })
    }
  }

  #messageId(n: number): string {
    return `message-${n}-${this.#run}`
  }
}

function pick<T>(from: readonly T[], n: number): T {
  const one = from[n % from.length]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}

// --- types ---

export interface Step {
  what: 'send' | 'edit' | 'react' | 'delete' | 'cancel' | 'join' | 'leave' | 'add' | 'remove' | 'update' | 'upsert'
  user: number
  other: number
  room: number
  message: number
  after: number | undefined
  version: number
  variant: number
  attempt: number
  isServer: boolean
  on: boolean
  text: string
  data: { a: number } | undefined
  kind: RoomKind | undefined
  role: Role | undefined
}

export type Performed = { committed: { result: unknown; changes: Change[] } } | { refusal: string }
