/** A room feed for tests: a real store and hub, on a node whose bus, clock and readers the test plays. */
import type { DownItem, RoomOpened } from '@parlor/protocol'
import type { Change } from '../store/change.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { Bus } from './bus.ts'
import { Flusher } from './flusher.ts'
import type { SharedFrame } from './frame.ts'
import { HeadReader } from './head-reader.ts'
import { Hub } from './hub.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RoomFeed, type RoomFeedDeps } from './room-feed.ts'

/** A private room of owner, ada and bob with one message, on one node whose bus the test plays. */
export async function createRoom({ isComplete = true } = {}) {
  const store = createMemoryStore()
  const gate = createGate()
  let headReads = 0
  const timers: (() => void)[] = []
  const clock = {
    now: () => 0,
    elapsed: () => 0,
    soon: (callback: () => void) => void timers.push(callback),
    after: (_ms: number, callback: () => void) => {
      timers.push(callback)
      return { stop: () => {} }
    },
  }
  let arrive: (changes: readonly Change[]) => void = () => {}
  const bus: Bus = {
    isComplete,
    isUp: true,
    lost: 0,
    publish: () => {},
    subscribe: (_roomId, listener) => {
      arrive = listener
      return { ready: Promise.resolve(), close: () => {} }
    },
    notify: () => {},
    onNotice: () => {},
    onRestored: () => {},
    tellSpent: () => {},
    onSpent: () => {},
    close: async () => {},
  }
  const members = ['owner', 'ada', 'bob'].map((id) => ({
    user: { id, name: id, picture: null },
    role: 'member' as const,
  }))
  await store.upsertRoom({ roomId: 'room', kind: 'private', members })
  const hub = new Hub({ flusher: new Flusher({ clock, maxWaitMs: 20 }), clock, beatMs: 20 })
  const slowStore: RoomFeedDeps['store'] = {
    readChanges: (query) => store.readChanges(query),
    readHeads(roomIds) {
      headReads++
      return store.readHeads(roomIds)
    },
    /** What is read before the gate opens is older than what happens meanwhile. */
    async readRoom(query) {
      const picture = await store.readRoom(query)
      await gate.pass()
      return picture
    },
  }
  const onError = (error: unknown) => {
    throw error
  }
  const counts = { reads: 0, readers: 0, recalls: 0 }
  const budget = new MemoryBudget(1_000_000)
  const nobody = { onJoined: () => {}, onLeft: () => {} }
  const heads = new HeadReader(slowStore)
  const feed = new RoomFeed('room', { store: slowStore, bus, hub, clock, budget, counts, heads, ...nobody, onError })

  let head = 0
  let people = 0
  const isOpen = false
  const act = (id: string) => ({
    actor: { user: { id, name: id, picture: null }, isServer: true },
    roomId: 'room',
    isOpen,
  })
  async function commit(text: string): Promise<Change[]> {
    const messageId = crypto.randomUUID()
    const { result, changes } = await store.sendMessage({ ...act('owner'), messageId, text, hash: text, attempt: 1 })
    head = result.seq
    return changes
  }
  async function remove(userId: string): Promise<Change[]> {
    const { changes } = await store.removeMember({ ...act('owner'), userId })
    head = changes.at(-1)?.event.seq ?? head
    return changes
  }
  async function rename(name: string): Promise<Change[]> {
    const { changes } = await store.upsertRoom({ roomId: 'room', name, members: [] })
    head = changes.at(-1)?.event.seq ?? head
    return changes
  }
  await commit('first')
  return {
    feed,
    counts,
    headReads: () => headReads,
    commit,
    remove,
    rename,
    head: () => head,
    arrive: (changes: readonly Change[]) => arrive(changes),
    flush: () => hub.flush(),
    holdReads: gate.hold,
    releaseReads: gate.release,
    seqsAfter: (person: Person) =>
      Array.from({ length: head - person.openedAt() }, (_, i) => person.openedAt() + i + 1),
    async settle() {
      for (let i = 0; i < 20; i++) {
        while (timers.length > 0) timers.shift()?.()
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      hub.flush()
    },
    async open(userId: string): Promise<Person> {
      const person = createPerson(`${userId}-${people++}`)
      await feed.open(person, { roomId: 'room', userId, isOpen, limit: 50 }, person.deliver)
      return person
    },
    /** The same for who was here before, up to this seq. */
    async resume(userId: string, seq: number): Promise<Person> {
      const person = createPerson(`${userId}-${people++}`)
      const since = { epoch: store.startId, seq }
      await feed.open(person, { roomId: 'room', userId, isOpen, limit: 50, since }, person.deliver)
      return person
    },
  }
}

function createGate() {
  let opened = Promise.resolve()
  let release = () => {}
  return {
    hold() {
      const held = Promise.withResolvers<void>()
      opened = held.promise
      release = held.resolve
    },
    release: () => release(),
    pass: () => opened,
  }
}

/** A client that only checks: every number once, as an event or inside a declared range. */
function createPerson(id: string) {
  let at = -1
  let openedAt = -1
  const items: DownItem[] = []
  const texts: string[] = []
  const closed: string[] = []
  function take(item: DownItem) {
    items.push(item)
    if (!('type' in item)) return
    if (item.type === 'room.range') {
      if (item.from > at) throw new Error(`a range from ${item.from} at ${at}`)
      texts.push(...item.messages.filter((message) => message.seq > at).map((message) => message.text))
      at = item.to
    } else if ('seq' in item) {
      if (item.seq !== at + 1) throw new Error(`${item.seq} came at ${at}`)
      at = item.seq
      if (item.type === 'message.created') texts.push(item.message.text)
    } else if (item.type === 'room.opened') at = item.head
  }
  return {
    id,
    closed,
    deliver(opened: RoomOpened) {
      at = opened.head
      openedAt = at
      const { messages = [] } = opened.reset ?? opened.range ?? {}
      texts.push(...messages.map((message) => message.text))
    },
    enqueueItem: (json: string) => take(JSON.parse(json)),
    enqueueFrame(shared: SharedFrame) {
      const frame = shared.bytes(false)
      const headerBytes = frame[1] === 126 ? 4 : frame[1] === 127 ? 10 : 2
      for (const item of JSON.parse(frame.subarray(headerBytes).toString())) take(item)
    },
    enqueueSignal: () => true,
    user: undefined,
    isClosed: false,
    onRoomClosed: (roomId: string) => void closed.push(roomId),
    openedAt: () => openedAt,
    position: () => at,
    texts: () => texts,
    types: () => items.map((item) => ('type' in item ? item.type : 'reply')),
    seqs: () => items.flatMap((item) => ('seq' in item ? [item.seq] : [])),
  }
}

// --- types ---

export type Person = ReturnType<typeof createPerson>
