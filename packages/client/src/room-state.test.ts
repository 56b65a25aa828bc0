import type { Event, MemberRow, MessageListResult, MessageRow, Range } from '@parlor/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createReplayLog, type Replay } from './replay.ts'
import {
  applyEvent,
  applyPage,
  applyRange,
  judge,
  type RoomState,
  resumePointOf,
  rowsOf,
  startOf,
  stateOf,
  withMe,
} from './room-state.ts'
import { memberRow, messageRow, opened, roomRow } from './testing/rows.ts'

describe('room state', () => {
  test('an event is the next one, one seen already, or shows a gap', () => {
    const state = fresh(5, [])
    expect([4, 5, 6, 7].map((seq) => judge(state, seq))).toEqual(['seen', 'seen', 'next', 'gap'])
  })

  test('a row applies only if its version is higher', () => {
    const state = fresh(5, [messageRow(1, 4)])
    const late = applyEvent(state, edited(6, messageRow(1, 3)))
    expect(late.rows).toBe(state.rows)
    expect(late.seq).toBe(6)
    expect(applyEvent(late, edited(7, messageRow(1, 7))).rows).toEqual([messageRow(1, 7)])
  })

  test('a row outside the window never inserts, and a new one at the live end does', () => {
    const state = fresh(9, [messageRow(8), messageRow(9)], true)
    expect(applyEvent(state, edited(10, messageRow(3, 10))).rows).toBe(state.rows)
    expect(applyEvent(state, created(10)).rows.map(({ seq }) => seq)).toEqual([8, 9, 10])
    const jumped = applyPage(state, page([messageRow(3), messageRow(4)], 9, true, true), 'replace', [])
    expect(applyEvent(jumped, created(10)).rows.map(({ seq }) => seq)).toEqual([3, 4])
  })

  test('an event of an unknown type moves the position and applies the rows that it carries', () => {
    const pinned = { type: 'message.pinned', roomId: 'general', seq: 6, message: messageRow(1, 6) } as unknown as Event
    const state = applyEvent(fresh(5, [messageRow(1)]), pinned)
    expect([state.seq, state.rows]).toEqual([6, [messageRow(1, 6)]])
  })

  test('an event that opens an epoch takes the position into it', () => {
    expect(applyEvent(fresh(5, []), { ...created(6), epoch: 'e2' })).toMatchObject({ epoch: 'e2', seq: 6 })
  })

  test('a range applies from any earlier point and ends at its own', () => {
    const state = fresh(5, [messageRow(1)])
    const range: Range = { from: 3, to: 9, members: [memberRow('bob', 4)], messages: [messageRow(1, 8), messageRow(9)] }
    const next = applyRange(state, range, 'e2')
    expect(next).toMatchObject({ seq: 9, epoch: 'e2', rows: [messageRow(1, 8), messageRow(9)] })
    expect(next.members.get('bob')?.version).toBe(4)
  })

  test('a member who is gone stays gone when an older row comes late', () => {
    const removed: MemberRow = memberRow('ada', 6, { gone: 'removed' })
    const event: Event = { type: 'member.removed', roomId: 'general', seq: 6, member: removed, room: roomRow() }
    const state = applyEvent(fresh(5, []), event)
    expect(state.me).toBe(removed)
    expect(withMe(state, memberRow('ada', 3)).me).toBe(removed)
    expect(withMe(state, null).me).toBeNull()
  })

  test('a raised floor drops what lies below it, and nothing older is left to load', () => {
    const state = fresh(5, [messageRow(2), messageRow(4)], true)
    const raised: Event = { type: 'room.updated', roomId: 'general', seq: 6, room: roomRow({ floor: 4, version: 6 }) }
    expect(applyEvent(state, raised)).toMatchObject({ rows: [messageRow(4)], window: { low: 0 } })
  })

  test('a change that overtook a page is applied over it again', () => {
    const state = fresh(9, [messageRow(8), messageRow(9)], true)
    const edit = messageRow(5, 10)
    const moved = applyEvent(state, edited(10, edit))
    const older = page([messageRow(5), messageRow(6)], 9, true, true)
    expect(applyPage(moved, older, 'older', []).rows[0]).toEqual(messageRow(5))
    expect(applyPage(moved, older, 'older', [edit]).rows[0]).toBe(edit)
  })

  test('the resume point names the newest message held', () => {
    expect(resumePointOf(fresh(5, []))).toEqual({ epoch: 'e1', seq: 5 })
    expect(resumePointOf(fresh(5, [messageRow(4)]))).toEqual({ epoch: 'e1', seq: 5, newest: { seq: 4, id: 'm4' } })
  })

  test('any mixture of events, duplicates, ranges and late pages ends as the rows of the window at the head', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 99 }), { minLength: 4, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 99 }), fc.nat({ max: 99 })), { maxLength: 60 }),
        (seeds, pageSize, steps) => {
          const history = new History(seeds)
          const client = new Client(history, pageSize)
          for (const step of steps) client.step(...step)
          client.finish()
          expect(client.state.seq).toBe(history.head)
          expect(client.state.rows).toEqual(history.rowsIn(client.state.window, history.head))
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

/** A room whose every change is known: each makes a message or changes an older one. */
class History {
  readonly #changes: MessageRow[]

  constructor(seeds: number[]) {
    const created: number[] = []
    this.#changes = seeds.map((seed, at) => {
      const seq = at + 1
      const target = created[seed % (created.length + 2)]
      if (target === undefined) created.push(seq)
      return messageRow(target ?? seq, seq, seed > 90 && target !== undefined ? { deletedAt: seq, text: '' } : {})
    })
  }
  get head(): number {
    return this.#changes.length
  }
  event(seq: number): Event {
    const message = this.#changes[seq - 1]
    if (!message) throw new Error(`no change ${seq}`)
    return { type: message.seq === seq ? 'message.created' : 'message.edited', roomId: 'general', seq, message }
  }
  /** Rows as they were at `head`, by seq of creation. */
  rowsAt(head: number): MessageRow[] {
    const rows = new Map<number, MessageRow>()
    for (const row of this.#changes.slice(0, head)) rows.set(row.seq, row)
    return [...rows.values()].sort((one, other) => one.seq - other.seq)
  }
  rowsIn({ low, high }: RoomState['window'], head: number): MessageRow[] {
    return this.rowsAt(head).filter(({ seq }) => seq >= low && seq <= high)
  }
  range(from: number, to: number): Range {
    return { from, to, members: [], messages: this.rowsAt(to).filter(({ version }) => version > from) }
  }
}

/** A client that does everything in the worst order that the rules allow. */
class Client {
  state: RoomState
  readonly #history: History
  readonly #pageSize: number
  readonly #log = createReplayLog()
  #pending: Pending[] = []

  constructor(history: History, pageSize: number) {
    this.#history = history
    this.#pageSize = pageSize
    const start = Math.ceil(history.head / 2)
    const rows = history.rowsAt(start)
    this.state = fresh(start, rows.slice(-pageSize), rows.length > pageSize)
  }
  step(kind: number, one: number, other: number): void {
    const { head } = this.#history
    const { seq } = this.state
    if (kind <= 3) this.#event(seq + 1)
    else if (kind === 4) this.#event(1 + (one % head))
    else if (kind === 5) this.#range(one % (seq + 1), Math.min(head, seq + (other % 5)))
    else if (kind <= 8) this.#ask((['older', 'newer', 'replace'] as const)[kind - 6] ?? 'older', one, other)
    else this.#answer(one)
  }
  finish(): void {
    while (this.state.seq < this.#history.head) this.#event(this.state.seq + 1)
    while (this.#pending.length > 0) this.#answer(0)
  }
  #event(seq: number): void {
    if (seq > this.#history.head || judge(this.state, seq) !== 'next') return
    const event = this.#history.event(seq)
    this.state = applyEvent(this.state, event)
    this.#log.record(rowsOf(event).messages)
  }
  #range(from: number, to: number): void {
    const range = this.#history.range(from, to)
    if (to <= this.state.seq) return
    this.state = applyRange(this.state, range, 'e1')
    this.#log.record(range.messages)
  }
  /** Reads a page somewhere between the position and the head, to be answered whenever the test likes. */
  #ask(edge: Pending['edge'], one: number, other: number): void {
    const { window, seq } = this.state
    const isEnd = edge === 'older' ? window.low === 0 : window.high === Number.POSITIVE_INFINITY
    if (edge !== 'replace' && isEnd) return
    const head = seq + (one % (this.#history.head - seq + 1))
    const rows = this.#history.rowsAt(head)
    const at =
      edge === 'older' ? rows.filter((row) => row.seq < window.low).length - this.#pageSize : other % rows.length
    const first = edge === 'newer' ? rows.filter((row) => row.seq <= window.high).length : Math.max(0, at)
    const end = edge === 'older' ? at + this.#pageSize : first + this.#pageSize
    const list = page(rows.slice(first, end), head, first > 0, end < rows.length)
    this.#pending.push({ edge, list, window, replay: this.#log.begin() })
  }
  #answer(one: number): void {
    const at = one % Math.max(1, this.#pending.length)
    const found = this.#pending[at]
    if (!found || this.state.seq < found.list.head) return
    this.#pending.splice(at, 1)
    const { low, high } = this.state.window
    const fits =
      found.edge === 'older' ? low === found.window.low : found.edge === 'replace' || high === found.window.high
    found.replay.end()
    if (fits) this.state = applyPage(this.state, found.list, found.edge, found.replay.seen())
  }
}

interface Pending {
  edge: 'older' | 'newer' | 'replace'
  list: MessageListResult
  window: RoomState['window']
  replay: Replay
}

function fresh(head: number, messages: MessageRow[], hasOlder = false): RoomState {
  const room = opened(head, messages)
  const start = startOf({ ...room, ...(room.reset && { reset: { ...room.reset, hasOlder } }) })
  if (!start) throw new Error('not a reset')
  return stateOf(start, 'ada')
}

function page(messages: MessageRow[], head: number, hasOlder: boolean, hasNewer: boolean): MessageListResult {
  return { epoch: 'e1', head, messages, hasOlder, hasNewer }
}

function created(seq: number): Event {
  return { type: 'message.created', roomId: 'general', seq, message: messageRow(seq) }
}

function edited(seq: number, message: MessageRow): Event {
  return { type: 'message.edited', roomId: 'general', seq, message }
}
