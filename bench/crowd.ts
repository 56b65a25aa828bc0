/** Crowd is all the connections to a server, or to several that are one service, in their rooms, and the load that they make. */
import { createDialect, type Dialect, type PeerName, type Position } from './dialect.ts'
import { Member } from './member.ts'
import { Pace } from './pace.ts'
import { type CpuTime, readCpu } from './process-tree.ts'
import { Tally } from './tally.ts'

export class Crowd {
  readonly #options: CrowdOptions
  readonly #name: string
  readonly #dialect: Dialect
  readonly #tally: Tally
  readonly #members: Member[] = []
  readonly #senders: Member[] = []

  constructor(options: CrowdOptions) {
    this.#options = options
    this.#name = options.name ?? 'bench'
    this.#dialect = createDialect(options.peer, options.secret)
    this.#tally = new Tally(options.rooms, options.sendersPerRoom)
  }

  /** Connects everybody, some at a time. */
  async join(): Promise<JoinResult> {
    const { rooms, members, concurrency, serverPids } = this.#options
    const positions = this.#options.isVisited ? await this.#visitRooms() : []
    const cpuBefore = readCpuOf(serverPids)
    const startedAt = performance.now()
    const total = rooms * members
    let next = 0
    await Promise.all(
      Array.from({ length: Math.min(concurrency, total) }, async () => {
        while (next < total) await this.#add(next++, positions)
      }),
    )
    const cpu = readCpuOf(serverPids)
    return {
      connections: total,
      seconds: (performance.now() - startedAt) / 1000,
      cpuMs: cpu.userMs + cpu.systemMs - cpuBefore.userMs - cpuBefore.systemMs,
    }
  }

  /** Sends at a fixed rate whatever comes back, and measures between the warm-up and the end of the load. */
  async run({ rate, warmMs, measureMs, isLone = false }: Load): Promise<LoadResult> {
    const { serverPids } = this.#options
    const tally = this.#tally
    const startedAt = performance.now() + 5
    const from = startedAt + warmMs
    const to = from + measureMs
    const sentBefore = this.#countSent()
    const countsBefore = { skipped: tally.skipped, repeated: tally.repeated }
    tally.openWindow(from, to)
    let opened = this.#sample(serverPids)
    let closed = opened
    await new Pace(rate, isLone).run(
      startedAt,
      [
        { at: from, act: () => (opened = this.#sample(serverPids)) },
        { at: to, act: () => (closed = this.#sample(serverPids)) },
      ],
      (dueMs, index) => this.#senders[index % this.#senders.length]?.send(dueMs),
    )
    const { missing, unanswered } = await this.#drain()
    const problems = tally.takeProblems()
    const seconds = (closed.at - opened.at) / 1000
    return {
      seconds,
      sent: this.#countSent() - sentBefore,
      deliveries: closed.deliveries - opened.deliveries,
      acks: closed.acks - opened.acks,
      sentInWindow: closed.sent - opened.sent,
      userMs: closed.cpu.userMs - opened.cpu.userMs,
      systemMs: closed.cpu.systemMs - opened.cpu.systemMs,
      generatorShare: (closed.generatorMs - opened.generatorMs) / 1000 / seconds,
      p50: tally.latency.percentile(0.5),
      p99: tally.latency.percentile(0.99),
      ackP50: tally.ackLatency.percentile(0.5),
      ackP99: tally.ackLatency.percentile(0.99),
      missing,
      unanswered,
      skipped: tally.skipped - countsBefore.skipped,
      repeated: tally.repeated - countsBefore.repeated,
      problems: problems.kinds,
      problemCount: problems.count,
    }
  }

  close(): void {
    for (const member of this.#members) member.close()
  }

  async #add(index: number, positions: readonly Position[]): Promise<void> {
    const { ports, members, sendersPerRoom } = this.#options
    const roomIndex = Math.floor(index / members)
    const place = index % members
    const member = new Member({
      // The members of a room take turns with the nodes, and so do the senders of all rooms.
      port: ports[(roomIndex + place) % ports.length] ?? 0,
      dialect: this.#dialect,
      tally: this.#tally,
      user: `${this.#name}-user-${index}`,
      room: `${this.#name}-${roomIndex}`,
      roomIndex,
      senders: sendersPerRoom,
      senderIndex: place < sendersPerRoom ? place : undefined,
      position: positions[roomIndex],
    })
    await member.join()
    this.#members[index] = member
    // Rooms take turns: the senders of one place in all rooms, then those of the next.
    if (place < sendersPerRoom) this.#senders[place * this.#options.rooms + roomIndex] = member
  }

  /**
   * Two connections to every room before those that count, so that no server compiles its way in meanwhile. Where messages
   * are kept, one is written, so that there is a position to resume from.
   */
  async #visitRooms(): Promise<Position[]> {
    const { ports, rooms } = this.#options
    const [port = 0] = ports
    const positions: Position[] = []
    const tally = new Tally(rooms, 1)
    for (let roomIndex = 0; roomIndex < rooms; roomIndex++) {
      const common = { port, dialect: this.#dialect, tally, room: `${this.#name}-${roomIndex}`, roomIndex, senders: 1 }
      const writer = new Member({ ...common, user: 'writer', senderIndex: 0 })
      await writer.join()
      if (this.#dialect.hasAcks) {
        writer.send(performance.now())
        while (tally.acks <= roomIndex) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      writer.close()
      const reader = new Member({ ...common, user: 'reader', senderIndex: undefined, keepsOpened: true })
      await reader.join()
      reader.close()
      if (!this.#dialect.hasAcks) continue
      const [, epoch = ''] = /"epoch":"([^"]+)"/.exec(reader.opened) ?? []
      positions.push({ epoch, seq: Number(/"head":(\d+)/.exec(reader.opened)?.[1]) })
    }
    return positions
  }

  /** Waits for what is under way; the result is what never came. */
  async #drain(): Promise<{ missing: number; unanswered: number }> {
    const deadline = performance.now() + DRAIN_MS
    for (;;) {
      const missing = this.#countMissing()
      const unanswered = this.#countUnanswered()
      if (missing + unanswered === 0 || performance.now() > deadline) return { missing, unanswered }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  #countMissing(): number {
    const { rooms, members, sendersPerRoom } = this.#options
    let missing = 0
    for (let room = 0; room < rooms; room++) {
      for (let sender = 0; sender < sendersPerRoom; sender++) {
        const sent = this.#senders[sender * rooms + room]?.sent ?? 0
        for (let place = 0; place < members; place++)
          missing += sent - (this.#members[room * members + place]?.seenOf(sender) ?? 0)
      }
    }
    return missing
  }

  #countUnanswered(): number {
    if (!this.#dialect.hasAcks) return 0
    return this.#senders.reduce((sum, { sent, answered }) => sum + sent - answered, 0)
  }

  #countSent(): number {
    return this.#senders.reduce((sum, member) => sum + member.sent, 0)
  }

  #sample(serverPids: readonly number[]): Sample {
    const { user, system } = process.cpuUsage()
    const { deliveries, acks } = this.#tally
    const generatorMs = (user + system) / 1000
    return { at: performance.now(), cpu: readCpuOf(serverPids), generatorMs, deliveries, acks, sent: this.#countSent() }
  }
}

function readCpuOf(pids: readonly number[]): CpuTime {
  const all = pids.map(readCpu)
  const sum = (read: (one: CpuTime) => number) => all.reduce((total, one) => total + read(one), 0)
  return { userMs: sum(({ userMs }) => userMs), systemMs: sum(({ systemMs }) => systemMs) }
}

/** What hasn't come by then is lost, or so late that it may as well be. */
const DRAIN_MS = 3_000

// --- types ---

export interface CrowdOptions {
  peer: PeerName
  /** Connections of a room take turns with them. */
  ports: readonly number[]
  serverPids: readonly number[]
  secret: string
  /** What its rooms and users are called after; two crowds at one server have two names. */
  name?: string
  rooms: number
  /** Connections in each room. */
  members: number
  sendersPerRoom: number
  /** Connections that are on their way at once. */
  concurrency: number
  /** Whether every room was visited before; Parlor, which keeps messages, has one there, and the connections resume behind it. */
  isVisited?: boolean
}

export interface JoinResult {
  connections: number
  seconds: number
  /** Of the server's process tree. */
  cpuMs: number
}

export interface Load {
  /** Messages per second, over all senders. */
  rate: number
  warmMs: number
  measureMs: number
  /** Few messages whose exact time matters: the generator spins for it. */
  isLone?: boolean
}

/** Of the measured window, unless it says otherwise. */
export interface LoadResult {
  seconds: number
  /** Messages sent in the whole run. */
  sent: number
  sentInWindow: number
  deliveries: number
  acks: number
  userMs: number
  systemMs: number
  /** How much of one CPU the generator itself used. */
  generatorShare: number
  p50: number
  p99: number
  ackP50: number
  ackP99: number
  /** In the whole run: deliveries that never came, answers too, messages skipped over, and messages that came twice or late. */
  missing: number
  unanswered: number
  skipped: number
  repeated: number
  /** Refused commands and lost connections: what kinds, and how many. */
  problems: string[]
  problemCount: number
}

interface Sample {
  at: number
  cpu: CpuTime
  generatorMs: number
  deliveries: number
  acks: number
  sent: number
}
