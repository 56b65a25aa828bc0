/** History: every change that the simulated database ever committed, and what a room was at each of its seqs. */
import { can, type Event, type MemberRow, type MessageRow, type RoomRow, type Standing } from '@parlor/protocol'
import type { Change } from '../../packages/server/src/store/change.ts'
import { findImplausible } from './plausible.ts'

/** One line of history of one room: a restored backup begins another one, which shares the changes before it. */
export class Timeline {
  readonly roomId: string
  readonly #events: Event[] = []
  /** How many messages were created by the first n changes, at n. */
  readonly #created = [0]
  /** Seqs that changed who may read, by user, and those of the room row. */
  readonly #memberSeqs = new Map<string, number[]>()
  readonly #roomSeqs: number[] = []
  #epochs = 0
  /** The rows as they were last asked for: most questions are about the newest ones. */
  #rows = blankRows()
  #rowsAt = 0

  constructor(roomId: string, events: readonly Event[] = []) {
    this.roomId = roomId
    for (const event of events) this.add(event)
  }

  /** The change with seq n is at n - 1. */
  get events(): readonly Event[] {
    return this.#events
  }

  get head(): number {
    return this.#events.length
  }

  /** How often the numbering was taken up by a new start of the database. */
  get epochs(): number {
    return this.#epochs
  }

  add(event: Event): void {
    const seq = this.#events.push(event)
    this.#created.push((this.#created[seq - 1] ?? 0) + (event.type === 'message.created' ? 1 : 0))
    if (event.epoch !== undefined) this.#epochs += 1
    if ('room' in event) this.#roomSeqs.push(seq)
    if (!('member' in event)) return
    const { userId } = event.member
    this.#memberSeqs.set(userId, [...(this.#memberSeqs.get(userId) ?? []), seq])
  }

  /** The room's rows as they were at this seq. They are the caller's until the next question. */
  at(seq: number): RoomRows {
    if (seq < this.#rowsAt) {
      this.#rows = blankRows()
      this.#rowsAt = 0
    }
    const rows = this.#rows
    for (; this.#rowsAt < Math.min(seq, this.head); this.#rowsAt++) {
      const event = this.#events[this.#rowsAt] as Event
      if ('room' in event) rows.room = event.room
      if ('member' in event) rows.members.set(event.member.userId, event.member)
      if ('message' in event) rows.messages.set(event.message.id, event.message)
    }
    return rows
  }

  /** A message's row as it was at this seq. */
  rowOf(id: string, seq: number): MessageRow | undefined {
    for (let at = Math.min(seq, this.head) - 1; at >= 0; at--) {
      const event = this.#events[at] as Event
      if ('message' in event && event.message.id === id) return event.message
    }
    return undefined
  }

  /** How many messages were created by the changes from this one to that one. */
  countCreated(from: number, to: number): number {
    return (this.#created[Math.min(to, this.head)] ?? 0) - (this.#created[Math.min(from - 1, this.head)] ?? 0)
  }

  /** Whether this user may know what the room is at this seq. */
  canRead(userId: string, seq: number): boolean {
    const isBefore = (one: number): boolean => one <= seq
    const event = this.#events[(this.#memberSeqs.get(userId)?.findLast(isBefore) ?? 0) - 1]
    const roomEvent = this.#events[(this.#roomSeqs.findLast(isBefore) ?? 0) - 1]
    const standing = event && 'member' in event ? standingOf(event.member) : 'visitor'
    // A room that nobody has written yet is one that the configuration opens to all.
    return can('room.read', roomEvent && 'room' in roomEvent ? roomEvent.room.kind : 'public', standing)
  }
}

export class History {
  readonly problems: string[] = []
  /** By room, the one that goes on. */
  readonly #current = new Map<string, Timeline>()
  /** By room, those that a restored backup ended. */
  readonly #past = new Map<string, Timeline[]>()
  /** By room and epoch, every timeline that has it. */
  readonly #byEpoch = new Map<string, Timeline[]>()

  current(roomId: string): Timeline {
    let timeline = this.#current.get(roomId)
    if (!timeline) {
      timeline = new Timeline(roomId)
      this.#current.set(roomId, timeline)
    }
    return timeline
  }

  /** What an answer of this epoch may be about: more than one only around a restored backup. */
  of(roomId: string, epoch: string): readonly Timeline[] {
    return this.#byEpoch.get(`${roomId} ${epoch}`) ?? [this.current(roomId)]
  }

  /** Every timeline that the room ever had. */
  allOf(roomId: string): readonly Timeline[] {
    return [...(this.#past.get(roomId) ?? []), this.current(roomId)]
  }

  rooms(): Timeline[] {
    return [...this.#current.values()]
  }

  /** The store committed this. */
  record(roomId: string, { epoch, event }: Change): void {
    const timeline = this.current(roomId)
    const problem = findImplausible(timeline, event)
    if (problem) this.problems.push(problem)
    timeline.add(event)
    const key = `${roomId} ${epoch}`
    const known = this.#byEpoch.get(key) ?? []
    if (!known.includes(timeline)) this.#byEpoch.set(key, [...known, timeline])
  }

  /** A backup was restored in which the rooms had these heads: 0 where it isn't named. */
  restore(heads: ReadonlyMap<string, number>): void {
    for (const [roomId, old] of this.#current) {
      const timeline = new Timeline(roomId, old.events.slice(0, heads.get(roomId) ?? 0))
      this.#current.set(roomId, timeline)
      this.#past.set(roomId, [...(this.#past.get(roomId) ?? []), old])
      for (const [key, known] of this.#byEpoch)
        if (known.at(-1) === old && timeline.events.some(({ epoch }) => epoch && key === `${roomId} ${epoch}`))
          known.push(timeline)
    }
  }
}

function blankRows(): RoomRows {
  return { room: undefined, members: new Map(), messages: new Map() }
}

function standingOf({ gone, role }: MemberRow): Standing {
  if (gone === 'left') return 'visitor'
  return gone === 'removed' ? 'removed' : role
}

// --- types ---

export interface RoomRows {
  room: RoomRow | undefined
  members: Map<string, MemberRow>
  /** By id. */
  messages: Map<string, MessageRow>
}
