/** StreamWatch: reads along on one socket and holds every frame of the service against the history of the database. */
import type {
  Command,
  Event,
  MemberListCommand,
  MemberListResult,
  MessageListCommand,
  MessageListResult,
  RoomOpened,
  RoomOpenedPush,
  RoomRangePush,
} from '@parlor/protocol'
import { compareMe, compareMembers, comparePage, compareRange, compareReset } from './compare.ts'
import type { History, Timeline } from './history.ts'
import type { Ledger } from './ledger.ts'
import { isEqual } from './plain.ts'
import type { Totals } from './totals.ts'

export class StreamWatch {
  readonly #userId: string
  readonly #parts: WatchParts
  readonly #restoresBefore: number
  readonly #commands = new Map<number, Command>()
  /** Where the service left off, for each room that it keeps this socket up to date with. */
  readonly #streams = new Map<string, Stream>()
  /** What `hello` said. */
  readonly #named = new Map<string, number>()

  constructor(userId: string, parts: WatchParts) {
    this.#userId = userId
    this.#parts = parts
    this.#restoresBefore = parts.ledger.restores
  }

  sent(text: string): void {
    const frame = JSON.parse(text) as Command & { ref: number }
    this.#commands.set(frame.ref, frame)
    if (frame.type === 'hello') for (const { roomId, seq } of frame.rooms ?? []) this.#named.set(roomId, seq)
    if (frame.type === 'message.send') this.#parts.ledger.sent(frame)
  }

  received(text: string): void {
    for (const item of JSON.parse(text) as Item[]) {
      if (item.ref !== undefined) this.#reply(item.ref, item)
      else if (item.type === 'room.opened') this.#openedByPush(item as unknown as RoomOpenedPush)
      else if (item.type === 'room.range') this.#range(item as unknown as RoomRangePush)
      else if (item.type === 'room.closed') this.#streams.delete(item.roomId as string)
      else if (item.type === 'typing' || item.type === 'presence') this.#signal(item.type, item.roomId as string)
      else if (item.seq !== undefined) this.#event(item as unknown as Event)
    }
  }

  #reply(ref: number, { ok, error }: Item): void {
    const { ledger } = this.#parts
    const command = this.#commands.get(ref)
    this.#commands.delete(ref)
    if (!command) {
      this.#say(`G5: a reply to ${ref}, which nobody asked`)
      return
    }
    if (command.type === 'message.send') ledger.answered(this.#userId, command, ok as never, error as never)
    if (!ok) return
    if (command.type === 'room.open') this.#opened(ok as unknown as RoomOpened, command.since?.seq, false)
    else if (command.type === 'room.close') this.#streams.delete(command.roomId)
    else if (command.type === 'message.list') this.#page(command, ok as unknown as MessageListResult)
    else if (command.type === 'member.list') this.#members(command, ok as unknown as MemberListResult)
    else if (command.type === 'message.cancel')
      ledger.cancelled(this.#userId, command, ok as never, this.#restoresBefore)
    else if (command.type === 'message.edit' || command.type === 'message.delete' || command.type === 'message.react')
      ledger.changed(this.#userId, command, ok as never)
  }

  #openedByPush(opened: RoomOpenedPush): void {
    const stream = this.#streams.get(opened.roomId)
    this.#opened(opened, stream?.seq ?? this.#named.get(opened.roomId), stream !== undefined)
  }

  #opened(opened: RoomOpened, since: number | undefined, isLive: boolean): void {
    const { roomId, epoch, head, range, reset } = opened
    this.#streams.set(roomId, { epoch, seq: head })
    this.#requireRead(roomId, epoch, head, 'was opened')
    this.#judge(roomId, epoch, (timeline) => compareMe(timeline, this.#userId, opened))
    const { totals } = this.#parts
    if (range) {
      totals.count('resumes')
      if (since === undefined || range.from > since)
        this.#say(`G6: ${roomId} opened with ${range.from}..${head} for ${since}`)
      this.#judge(roomId, epoch, (timeline) => compareRange(timeline, range))
    }
    if (reset) {
      if (reset.reason !== 'fresh') totals.count(isLive ? 'live resets' : 'resets')
      this.#judge(roomId, epoch, (timeline) => compareReset(timeline, head, reset))
    }
  }

  #event(event: Event): void {
    const { roomId, seq } = event
    const stream = this.#streams.get(roomId)
    if (!stream) {
      this.#say(`G3: event ${seq} of ${roomId}, which isn't open`)
      return
    }
    if (seq !== stream.seq + 1) this.#say(`G3: event ${seq} of ${roomId} after ${stream.seq}`)
    stream.seq = Math.max(seq, stream.seq)
    stream.epoch = event.epoch ?? stream.epoch
    this.#judge(roomId, stream.epoch, (timeline) =>
      isEqual(timeline.events[seq - 1], event) ? undefined : `G2: event ${seq} differs`,
    )
    const timelines = this.#parts.history.of(roomId, stream.epoch)
    const mayRead = timelines.some((one) => one.canRead(this.#userId, seq - 1) || one.canRead(this.#userId, seq))
    if (!mayRead) this.#say(`G7: ${this.#userId} got event ${seq} of ${roomId}`)
  }

  /** Whoever may not read a room is out of it, and hears nothing of it. */
  #signal(type: string, roomId: string): void {
    if (!this.#streams.has(roomId)) this.#say(`G7: ${this.#userId} got ${type} of ${roomId}, which isn't open`)
  }

  #range(range: RoomRangePush): void {
    const { roomId, epoch } = range
    this.#parts.totals.count('live ranges')
    const stream = this.#streams.get(roomId)
    if (!stream) {
      this.#say(`G3: range ${range.from}..${range.to} of ${roomId}, which isn't open`)
      return
    }
    if (range.from > stream.seq || range.to <= stream.seq)
      this.#say(`G3: range ${range.from}..${range.to} of ${roomId} after ${stream.seq}`)
    this.#streams.set(roomId, { epoch, seq: Math.max(range.to, stream.seq) })
    this.#requireRead(roomId, epoch, range.to, 'got a range')
    this.#judge(roomId, epoch, (timeline) => compareRange(timeline, range))
  }

  #page({ roomId, ...asked }: MessageListCommand, page: MessageListResult): void {
    this.#parts.totals.count('history pages')
    this.#requireRead(roomId, page.epoch, page.head, 'got a page')
    this.#judge(roomId, page.epoch, (timeline) => comparePage(timeline, asked, page))
  }

  #members({ roomId, after = '' }: MemberListCommand, list: MemberListResult): void {
    this.#requireRead(roomId, list.epoch, list.head, 'got members')
    this.#judge(roomId, list.epoch, (timeline) => compareMembers(timeline, after, list))
  }

  #requireRead(roomId: string, epoch: string, seq: number, what: string): void {
    const timelines = this.#parts.history.of(roomId, epoch)
    if (timelines.some((timeline) => timeline.canRead(this.#userId, seq))) return
    this.#say(`G7: ${this.#userId} ${what} of ${roomId} at ${seq}`)
  }

  /** What an answer says must be true of one of the timelines that its epoch is of. */
  #judge(roomId: string, epoch: string, findProblem: (timeline: Timeline) => string | undefined): void {
    const problems = this.#parts.history.of(roomId, epoch).map(findProblem)
    if (problems.every((problem) => problem !== undefined)) this.#say(`${problems[0]} (${roomId}, ${this.#userId})`)
  }

  #say(problem: string): void {
    this.#parts.onProblem(problem)
  }
}

// --- types ---

export interface WatchParts {
  history: History
  ledger: Ledger
  totals: Totals
  onProblem(problem: string): void
}

interface Stream {
  epoch: string
  seq: number
}

interface Item {
  ref?: number
  type?: string
  roomId?: string
  seq?: number
  ok?: Record<string, unknown>
  error?: Record<string, unknown>
}
