/** The generator of the slow readers' run, a process of its own: a crowd of which some stop reading. Started by slow-readers.ts. */
import { createDialect, type Dialect } from '../../bench/dialect.ts'
import { Member } from '../../bench/member.ts'
import { answerOrders } from '../../bench/orders.ts'
import { Pace } from '../../bench/pace.ts'
import { Tally } from '../../bench/tally.ts'

/** One sender in each room, who is the room's first member; the last members of each room are the ones that stop reading. */
class SlowCrowd {
  readonly #shape: Shape
  readonly #dialect: Dialect
  readonly #tally: Tally
  readonly #members: Member[] = []
  /** Indexes of members whose connection was lost while they didn't read. */
  readonly #lost = new Set<number>()
  #isSlowTime = false
  /** Of every room: the service isn't restarted. */
  #epoch = ''

  constructor(shape: Shape) {
    this.#shape = shape
    const dialect = createDialect('parlor', shape.secret)
    const padding = 'x'.repeat(shape.paddingChars)
    this.#dialect = {
      ...dialect,
      message: (room, counter, payload) => dialect.message(room, counter, payload + padding),
    }
    this.#tally = new Tally(shape.rooms, 1)
  }

  /** Connects everybody, in the order of their rooms. */
  async join(): Promise<void> {
    const total = this.#shape.rooms * this.#shape.members
    let next = 0
    const come = async () => {
      for (let index = next++; index < total; index = next++) {
        this.#members[index] = await this.#connect(index)
      }
    }
    await Promise.all(Array.from({ length: 64 }, come))
    // Rooms were empty when they were opened: the first message tells the epoch.
    this.#members[0]?.send(performance.now())
    await this.#until(() => this.#missingOf(1) === 0)
    const reader = await this.#connect(1)
    this.#epoch = /"epoch":"([^"]+)"/.exec(reader.opened)?.[1] ?? ''
    reader.close()
  }

  /** One phase at a fixed rate. Latencies are those of whoever reads. */
  async run({ isSlow, ratePerRoom, warmMs, measureMs }: PhaseOrder): Promise<PhaseAnswer> {
    this.#isSlowTime = isSlow
    if (isSlow) for (const index of this.#slowIndexes()) this.#members[index]?.pause()
    const startedAt = performance.now() + 5
    const [from, to] = [startedAt + warmMs, startedAt + warmMs + measureMs]
    const { rooms, members } = this.#shape
    const deliveriesBefore = this.#tally.deliveries
    this.#tally.openWindow(from, to)
    await new Pace(ratePerRoom * rooms).run(startedAt, [{ at: to, act: () => {} }], (dueMs, index) =>
      this.#members[(index % rooms) * members]?.send(dueMs),
    )
    await this.#until(() => this.#countMissing((index) => !isSlow || !this.#isSlow(index)) === 0)
    const { latency } = this.#tally
    const [p50, p99] = [latency.percentile(0.5), latency.percentile(0.99)]
    return { p50, p99, deliveries: this.#tally.deliveries - deliveriesBefore }
  }

  /** The slow ones read again; those who were closed come back from where they stood. */
  async wake(): Promise<WakeAnswer> {
    for (const index of this.#slowIndexes()) this.#members[index]?.resume()
    const isThere = (index: number) => this.#lost.has(index) || this.#missingOf(index) === 0
    await this.#until(() => this.#slowIndexes().every(isThere))
    const lost = [...this.#lost]
    this.#lost.clear()
    this.#isSlowTime = false
    for (const index of lost) this.#members[index] = await this.#connect(index, this.#members[index])
    await this.#until(() => this.#countMissing(() => true) === 0)
    const { skipped, repeated } = this.#tally
    return {
      closed: lost.length,
      missing: this.#countMissing(() => true),
      skipped,
      repeated,
      problems: this.#tally.takeProblems().kinds,
    }
  }

  async #connect(index: number, before?: Member): Promise<Member> {
    const { port, members } = this.#shape
    const roomIndex = Math.floor(index / members)
    const member = new Member({
      port,
      dialect: this.#dialect,
      tally: this.#tally,
      user: `user-${index}`,
      room: `bench-${roomIndex}`,
      roomIndex,
      senders: 1,
      senderIndex: index % members === 0 ? 0 : undefined,
      position: before && { epoch: this.#epoch, seq: before.seq },
      ...(before && { seen: [before.seenOf(0)] }),
      keepsOpened: true,
      onEnd: (error) => {
        if (this.#isSlowTime && this.#isSlow(index)) this.#lost.add(index)
        else this.#tally.broke(error)
      },
    })
    await member.join()
    return member
  }

  #isSlow(index: number): boolean {
    const { members, slowPerRoom } = this.#shape
    return index % members >= members - slowPerRoom
  }

  #slowIndexes(): number[] {
    return [...this.#members.keys()].filter((index) => this.#isSlow(index))
  }

  #missingOf(index: number): number {
    const sender = this.#members[index - (index % this.#shape.members)]
    return (sender?.sent ?? 0) - (this.#members[index]?.seenOf(0) ?? 0)
  }

  #countMissing(counts: (index: number) => boolean): number {
    let missing = 0
    for (const index of this.#members.keys()) if (counts(index)) missing += this.#missingOf(index)
    return missing
  }

  /** Returns when it holds, or when it has become clear that it never will. */
  async #until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!holds() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Only a bound for what never comes. */
const PATIENCE_MS = 60_000

let crowd: SlowCrowd | undefined

async function obey(order: SlowOrder): Promise<unknown> {
  if (order.join) {
    crowd = new SlowCrowd(order.join)
    return crowd.join()
  }
  if (!crowd) throw new Error('nobody has joined')
  return order.run ? crowd.run(order.run) : crowd.wake()
}

answerOrders(obey)

// --- types ---

export interface Shape {
  port: number
  secret: string
  rooms: number
  /** Connections in each room. */
  members: number
  slowPerRoom: number
  /** Text behind the mark that each message carries. */
  paddingChars: number
}

export interface PhaseOrder {
  isSlow: boolean
  /** Messages per second in each room. */
  ratePerRoom: number
  warmMs: number
  measureMs: number
}

export interface PhaseAnswer {
  p50: number
  p99: number
  deliveries: number
}

export interface WakeAnswer {
  /** Connections that the service had closed. */
  closed: number
  /** Deliveries that never came; messages skipped over, and those that came twice or out of order, since the start. */
  missing: number
  skipped: number
  repeated: number
  problems: string[]
}

export type SlowOrder =
  | { join: Shape; run?: undefined }
  | { run: PhaseOrder; join?: undefined }
  | { wake: true; join?: undefined; run?: undefined }
