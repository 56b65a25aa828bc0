/** That in every store, what was published and what is read tell the same story, at every position. */
import { randomUUID } from 'node:crypto'
import type { Event, MemberRow, MessageRow, RoomRow } from '@parlor/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindArbitrary, Stage, stepArbitrary } from './random-work.contract.ts'
import type { Store } from './store.ts'
import { type CreateStore, describeWithStore, upTo } from './world.contract.ts'

export function describeSyncContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: any history`, createStore, (world) => {
    test('[G2] [G14] numbers its changes 1 to n, and at every position: state + later events = state + range = what is read', {
      timeout: 120_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(
          kindArbitrary,
          fc.array(stepArbitrary, { minLength: 40, maxLength: 100, size: 'max' }),
          async (kind, steps) => {
            const stage = new Stage(randomUUID(), kind)
            const histories = new Map(stage.rooms.map((roomId) => [roomId, [] as Event[]]))
            for (const step of [stage.opening, ...steps]) {
              world.nowMs += 1
              const performed = await stage.perform(world.store, step)
              const changes = 'committed' in performed ? performed.committed.changes : []
              for (const { event } of changes) histories.get(event.roomId)?.push(event)
            }
            for (const [roomId, events] of histories) {
              if (events.length > 0) await expectOneStory(world.store, roomId, events)
            }
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}

async function expectOneStory(store: Store, roomId: string, events: readonly Event[]): Promise<void> {
  expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length))
  expect(events.map(({ epoch }) => epoch)).toEqual([store.startId, ...Array(events.length - 1).fill(undefined)])
  const end = new Replica()
  for (const event of events) end.apply(event)
  expect(end.gaps).toEqual([])

  const read = await store.readChanges({ roomId, epoch: '', from: 0 })
  expect(read).toMatchObject({ epoch: store.startId, head: events.length, range: { from: 0, to: events.length } })
  const current = new Replica()
  current.take(read?.range ?? NOTHING)
  expect(current).toEqual(end)

  const replica = new Replica()
  for (const event of events) {
    replica.apply(event)
    const caughtUp = replica.copy()
    const later = await store.readChanges({ roomId, epoch: store.startId, from: event.seq })
    caughtUp.take(later?.range ?? NOTHING)
    expect(caughtUp).toEqual(end)
    // Events that come again over newer rows change nothing.
    for (const again of events) caughtUp.apply(again)
    expect(caughtUp).toEqual(end)
  }
}

const NOTHING = { members: [], messages: [] }

/** What a client holds of a room, kept by the rule of the protocol: a row applies if it is newer. */
class Replica {
  room: RoomRow | undefined
  readonly members = new Map<string, MemberRow>()
  readonly messages = new Map<string, MessageRow>()
  /** What an event or a row said that can't be. */
  readonly gaps: string[] = []

  apply(event: Event): void {
    if ('room' in event) {
      if (event.room.version !== event.seq) this.gaps.push(`${event.type} ${event.seq} did not stamp the room`)
      this.take({ ...NOTHING, room: event.room })
    }
    if ('member' in event) {
      if (event.member.version !== event.seq) this.gaps.push(`${event.type} ${event.seq} did not stamp the member`)
      this.take({ ...NOTHING, members: [event.member] })
    }
    if ('message' in event) {
      if (event.message.version !== event.seq) this.gaps.push(`${event.type} ${event.seq} did not stamp the message`)
      this.take({ ...NOTHING, messages: [event.message] })
    }
  }

  take(rows: { room?: RoomRow; members: readonly MemberRow[]; messages: readonly MessageRow[] }): void {
    if (rows.room && rows.room.version > (this.room?.version ?? 0)) this.room = rows.room
    for (const row of rows.members) if (isNewer(row, this.members.get(row.userId))) this.members.set(row.userId, row)
    for (const row of rows.messages) if (isNewer(row, this.messages.get(row.id))) this.messages.set(row.id, row)
  }

  copy(): Replica {
    const copy = new Replica()
    copy.take({
      ...(this.room && { room: this.room }),
      members: [...this.members.values()],
      messages: [...this.messages.values()],
    })
    return copy
  }
}

function isNewer(row: { version: number }, held: { version: number } | undefined): boolean {
  return row.version > (held?.version ?? 0)
}
