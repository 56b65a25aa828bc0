import type { DownItem, RoomOpened } from '@parlor/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../store/change.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import type { Bus } from './bus.ts'
import { Flusher } from './flusher.ts'
import { Hub } from './hub.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RoomFeed, type RoomFeedDeps } from './room-feed.ts'

describe('a room feed', () => {
  it('G3: changes that arrive late, doubled and out of order reach a session once each, in order', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    const changes = [await room.commit('1'), await room.commit('2'), await room.commit('3')]
    for (const n of [2, 0, 0, 2, 1, 1]) room.arrive(changes[n] ?? [])
    room.flush()
    expect(ada.seqs()).toEqual(room.seqsAfter(ada))
  })

  it('G3: a lost change is read from the store and sent as a range, and the stream goes on', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    await room.commit('lost')
    room.arrive(await room.commit('2'))
    await room.settle()
    room.arrive(await room.commit('3'))
    room.flush()
    expect(ada.types()).toEqual(['room.range', 'message.created'])
    expect(ada.position()).toBe(room.head())
  })

  it('G4: a lost last change is noticed when the store names a higher head', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    await room.commit('lost')
    room.feed.noteHead(room.head())
    await room.settle()
    expect([ada.types(), ada.position()]).toEqual([['room.range'], room.head()])
  })

  it('G3: what is committed while a session reads comes after its rows, once', async () => {
    const room = await createRoom()
    await room.open('bob')
    const opening = room.open('ada')
    room.arrive(await room.commit('meanwhile'))
    const ada = await opening
    room.arrive(await room.commit('after'))
    room.flush()
    expect(ada.position()).toBe(room.head())
    expect(ada.texts()).toEqual(['first', 'meanwhile', 'after'])
  })

  it('G7: a removed user gets the removal and nothing after it; the others go on', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    room.arrive(await room.commit('before'))
    room.arrive(await room.remove('bob'))
    room.arrive(await room.commit('after'))
    room.flush()
    expect(ada.texts()).toEqual(['first', 'before', 'after'])
    expect(bob.texts()).toEqual(['first', 'before'])
    expect(bob.types()).toEqual(['message.created', 'member.removed', 'room.closed'])
    expect(bob.closed).toEqual(['room'])
  })

  it('G7: a user removed inside a repaired range gets nothing of the range', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    await room.remove('bob')
    room.arrive(await room.commit('after'))
    await room.settle()
    expect(ada.texts()).toEqual(['first', 'after'])
    expect(bob.types()).toEqual(['room.closed'])
  })

  it('G7: a user removed while their read is under way gets what they may see and is closed', async () => {
    const room = await createRoom()
    await room.open('ada')
    room.holdReads()
    const opening = room.open('bob')
    await room.settle()
    room.arrive(await room.remove('bob'))
    room.arrive(await room.commit('after'))
    room.releaseReads()
    const bob = await opening
    room.flush()
    expect(bob.texts()).toEqual(['first'])
    expect(bob.types()).toEqual(['member.removed', 'room.closed'])
  })

  it('G3: a second read that sets the feed back gives nobody twice what they have', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    room.holdReads()
    const opening = room.open('bob')
    await room.settle()
    room.arrive(await room.commit('while bob reads'))
    // Everybody's access is asked again, while the feed still waits for what bob read before.
    room.arrive(await room.rename('other'))
    room.releaseReads()
    const bob = await opening
    await room.settle()
    expect(bob.types()).toEqual(['message.created', 'room.updated'])
    expect([ada.position(), bob.position()]).toEqual([room.head(), room.head()])
    room.arrive(await room.commit('after'))
    room.flush()
    expect([ada.position(), bob.position()]).toEqual([room.head(), room.head()])
  })

  it('G3, G7: for any order of arrival and loss, every session ends at the head with the rows of the store', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('commit' as const) },
      { weight: 2, arbitrary: fc.constant('open' as const) },
      { weight: 2, arbitrary: fc.constant('lose' as const) },
      { weight: 2, arbitrary: fc.constant('swap' as const) },
      { weight: 1, arbitrary: fc.constant('settle' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const room = await createRoom()
        const opened: Promise<Person>[] = [room.open('ada')]
        let kept: Change[] = []
        for (const what of steps) {
          if (what === 'open') opened.push(room.open('ada'))
          else if (what === 'settle') await room.settle()
          else {
            const changes = await room.commit('m')
            if (what === 'commit') {
              room.arrive(changes)
              room.arrive(kept)
              kept = []
            } else if (what === 'swap') kept = [...changes, ...kept]
          }
        }
        const people = await Promise.all(opened)
        room.feed.noteHead(room.head())
        await room.settle()
        for (const person of people) expect(person.position()).toBe(room.head())
      }),
      { numRuns: 200 },
    )
  })
})

/** A private room of owner, ada and bob with one message, on one node whose bus the test plays. */
async function createRoom() {
  const store = createMemoryStore()
  const gate = createGate()
  const timers: (() => void)[] = []
  const clock = {
    now: () => 0,
    soon: (callback: () => void) => void timers.push(callback),
    after: (_ms: number, callback: () => void) => {
      timers.push(callback)
      return { stop: () => {} }
    },
  }
  let arrive: (changes: readonly Change[]) => void = () => {}
  const bus: Bus = {
    publish: () => {},
    subscribe: (_roomId, listener) => {
      arrive = listener
      return { ready: Promise.resolve(), close: () => {} }
    },
    notify: () => {},
    onNotice: () => {},
    close: async () => {},
  }
  const members = ['owner', 'ada', 'bob'].map((id) => ({
    user: { id, name: id, picture: null },
    role: 'member' as const,
  }))
  await store.upsertRoom({ roomId: 'room', kind: 'private', members })
  const hub = new Hub(new Flusher({ clock, maxWaitMs: 20 }))
  const slowStore: RoomFeedDeps['store'] = {
    readChanges: (query) => store.readChanges(query),
    readHeads: (roomIds) => store.readHeads(roomIds),
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
  const feed = new RoomFeed('room', { store: slowStore, bus, hub, clock, budget, counts, onError })

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

type Person = ReturnType<typeof createPerson>

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
      texts.push(...(opened.reset?.messages ?? []).map((message) => message.text))
    },
    enqueueItem: (json: string) => take(JSON.parse(json)),
    enqueueFrame(frame: Buffer) {
      const headerBytes = frame[1] === 126 ? 4 : frame[1] === 127 ? 10 : 2
      for (const item of JSON.parse(frame.subarray(headerBytes).toString())) take(item)
    },
    onRoomClosed: (roomId: string) => void closed.push(roomId),
    openedAt: () => openedAt,
    position: () => at,
    texts: () => texts,
    types: () => items.map((item) => ('type' in item ? item.type : 'reply')),
    seqs: () => items.flatMap((item) => ('seq' in item ? [item.seq] : [])),
  }
}
