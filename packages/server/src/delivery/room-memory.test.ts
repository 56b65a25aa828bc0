import { randomUUID } from 'node:crypto'
import { MAX_CATCH_UP_ROWS, type ResumePoint } from '@parlor/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from '../store/change.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { kindArbitrary, Stage, stepArbitrary } from '../store/random-work.contract.ts'
import type { RoomPicture, RoomReader } from '../store/room-picture.ts'
import { eventEntry, rangeEntry } from './feed-entry.ts'
import { RoomMemory } from './room-memory.ts'

/** What the feed does between two commits: it lags, repairs, reads, and learns late from what it has read. */
const turnArbitrary = fc.record({
  events: fc.nat(4),
  isRepaired: fc.nat(9).map((n) => n === 0),
  read: fc.option(fc.record({ readers: fc.nat(), extra: fc.option(fc.nat(5), { nil: undefined }) }), {
    nil: undefined,
  }),
  learns: fc.nat(2),
  forgets: fc.nat(30).map((n) => n === 0),
})

test('[G3] [G7] [G14] whatever a room memory answers is what the store answered at that head, to the last row', async () => {
  let recalls = 0
  const kinds = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      kindArbitrary,
      fc.array(fc.tuple(stepArbitrary, turnArbitrary), { minLength: 30, maxLength: 80, size: 'max' }),
      async (kind, turns) => {
        const store = createMemoryStore()
        const stage = new Stage(randomUUID(), kind)
        const roomId = stage.rooms[1] ?? ''
        const answers = new Map<number, Map<RoomReader, unknown>>()
        const readers: RoomReader[] = []
        const remember = async (head: number) => {
          for (const reader of readersAt(
            stage,
            { epoch: store.startId, seq: head, ...(newest && { newest }) },
            readers.length,
          ))
            readers.push(reader)
          const answer = (reader: RoomReader) =>
            store.openRoom({ roomId, isOpen: false, ...reader }).catch(() => 'refused')
          const all = await Promise.all(readers.map(async (reader) => [reader, await answer(reader)] as const))
          answers.set(head, new Map(all))
        }
        await stage.perform(store, stage.opening)
        const start = (await store.readHeads([roomId])).get(roomId)?.head ?? 0
        const memory = new RoomMemory(roomId)
        memory.start({ epoch: store.startId, seq: start })
        let position = start
        let newest: ResumePoint['newest']
        let pending: Change[] = []
        const read: RoomPicture[] = []
        await remember(start)

        for (const [step, turn] of turns) {
          const performed = await stage.perform(store, { ...step, room: 1 })
          const changes = 'committed' in performed ? performed.committed.changes : []
          pending.push(...changes.filter(({ event }) => event.roomId === roomId))
          const head = pending.at(-1)?.event.seq ?? position
          for (const { event } of changes)
            if (event.type === 'message.created') newest = { id: event.message.id, seq: event.seq }
          if (changes.length > 0) await remember(head)
          if (turn.read) {
            const some = readers.filter((_, at) => (at + (turn.read?.readers ?? 0)) % 3 === 0)
            const extra = turn.read.extra === undefined ? undefined : { members: turn.read.extra }
            read.push(await store.readRoom({ roomId, isOpen: false, readers: some, extra }))
          }
          if (turn.isRepaired) {
            const opened = await store.readChanges({ roomId, epoch: store.startId, from: position })
            if (opened?.range && opened.head > position) memory.add(rangeEntry({ ...opened, range: opened.range }))
            position = opened?.head ?? position
            pending = pending.filter(({ event }) => event.seq > position)
          }
          for (const change of pending.splice(0, turn.events)) {
            memory.add(eventEntry(change))
            position = change.event.seq
            compare()
          }
          for (const picture of read.splice(0, turn.learns)) memory.learn(picture)
          if (turn.forgets) memory.forget()
          compare()
        }

        function compare(): void {
          const then = answers.get(position)
          if (!then) return
          for (const [reader, wanted] of then) {
            const found = memory.open(reader)
            if (!found) continue
            recalls++
            kinds.add(found.reset?.reason ?? 'range')
            expect(found).toEqual(wanted)
          }
        }
      },
    ),
    { numRuns: 20 },
  )
  // The work is worth something: it was answered often, and in every way but the one that needs 300 changes.
  expect(recalls).toBeGreaterThan(4_000)
  expect([...kinds].toSorted()).toEqual(['fresh', 'range', 'unknown'])
}, 120_000)

/** Everybody, at this head and as if they were elsewhere. */
function readersAt(stage: Stage, head: ResumePoint, salt: number): RoomReader[] {
  const { epoch, seq } = head
  const positions: (ResumePoint | undefined)[] = [
    { epoch, seq },
    { epoch, seq: Math.max(0, seq - 3) },
  ]
  if (salt === 0) positions.push(undefined, { epoch: 'another', seq: 1 }, { epoch: '', seq: 0 })
  if (salt % 3 === 0) positions.push(head, { ...head, newest: { id: 'nowhere', seq } })
  const userId = (at: number) => stage.people[at % stage.people.length]?.id ?? ''
  return positions.flatMap((since, at) =>
    salt === 0
      ? stage.people.map((_, other) => ({ userId: userId(other), since, limit: 4 }))
      : [{ userId: userId(salt + at), since, limit: 4 }],
  )
}

test('[RESUME-4] who missed more than is kept is told so without a read, and who is further back than is known is not', async () => {
  const store = createMemoryStore()
  const user = { id: 'ann', name: null, picture: null }
  const action = { actor: { user }, roomId: 'room', isOpen: true }
  const memory = new RoomMemory('room')
  const say = async () => {
    const messageId = randomUUID()
    const { changes } = await store.sendMessage({ ...action, messageId, text: 'hi', hash: '', attempt: 1 })
    for (const change of changes) memory.add(eventEntry(change))
  }
  const open = (seq: number) => memory.open({ userId: 'ann', since: { epoch: store.startId, seq }, limit: 5 })
  await say()
  const readers = [{ userId: 'ann', limit: 5 }]
  const picture = await store.readRoom({ roomId: 'room', isOpen: true, readers })
  memory.start({ epoch: picture.epoch, seq: picture.head })
  memory.learn(picture)
  await say()
  expect(open(3)?.range?.messages).toHaveLength(1)
  expect(open(2)).toBeUndefined()
  for (let i = 0; i < MAX_CATCH_UP_ROWS; i++) await say()
  expect(open(4)?.range?.messages).toHaveLength(MAX_CATCH_UP_ROWS)
  expect(open(3)?.reset).toMatchObject({ reason: 'behind', hasOlder: true, messages: { length: 5 } })
})

test('[RESUME-3] a position that this node cannot judge is left to the store', async () => {
  const store = createMemoryStore()
  const user = { id: 'ann', name: null, picture: null }
  const action = { actor: { user }, roomId: 'room', isOpen: true }
  await store.sendMessage({ ...action, messageId: 'one', text: 'hi', hash: '', attempt: 1 })
  const memory = new RoomMemory('room')
  const foreign = { epoch: 'foreign', seq: 2 }
  const readers = [{ userId: 'ann', since: foreign, limit: 5 }]
  const picture = await store.readRoom({ roomId: 'room', isOpen: true, readers })
  memory.start({ epoch: picture.epoch, seq: picture.head })
  memory.learn(picture)
  const open = (since: ResumePoint) => memory.open({ userId: 'ann', since, limit: 5 })
  const here = { epoch: store.startId, seq: picture.head }
  // Ahead of this node, of an epoch that it hasn't heard of, with a message that it doesn't hold.
  expect(open({ ...here, seq: here.seq + 1 })).toBeUndefined()
  expect(open({ epoch: 'newer', seq: 1 })).toBeUndefined()
  expect(open({ ...here, newest: { id: 'other', seq: 2 } })).toBeUndefined()
  expect(open(foreign)?.reset?.reason).toBe('unknown')
  expect(open({ ...here, newest: { id: 'one', seq: 3 } })?.range).toBeDefined()
})
