/** Metrics counts what the service does, in Prometheus' format at `/metrics`. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CloseName } from '@parlor/protocol'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { joinMetrics } from './workers/worker.ts'

export class Metrics {
  readonly registry = new Registry()
  readonly #commands: Counter<'command' | 'outcome'>
  readonly #seconds: Histogram<'command'>
  readonly #closes: Counter<'reason'>
  readonly #refusals: Counter<'status'>
  readonly #signIns: Counter<'outcome'>
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay>
  readonly #scrape: () => Promise<string>

  /** `read` is asked at every scrape for what others count. `isWorker`: a scrape is answered for all workers. */
  constructor(read: () => Readings, isWorker = false) {
    const registers = [this.registry]
    this.#scrape = isWorker ? joinMetrics(this.registry) : () => this.registry.metrics()
    collectDefaultMetrics({ register: this.registry })
    this.#commands = new Counter({
      name: 'parlor_commands_total',
      help: 'Commands finished, by their outcome: ok or an error code.',
      labelNames: ['command', 'outcome'],
      registers,
    })
    this.#seconds = new Histogram({
      name: 'parlor_command_seconds',
      help: 'Time from a command to its reply.',
      labelNames: ['command'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    })
    this.#closes = new Counter({
      name: 'parlor_closes_total',
      help: 'Connections that the service closed, by reason.',
      labelNames: ['reason'],
      registers,
    })
    this.#refusals = new Counter({
      name: 'parlor_refused_upgrades_total',
      help: 'Upgrades refused, by HTTP status.',
      labelNames: ['status'],
      registers,
    })
    this.#signIns = new Counter({
      name: 'parlor_sign_ins_total',
      help: 'Tokens verified, by kind or by the reason of refusal.',
      labelNames: ['outcome'],
      registers,
    })
    for (const [name, help] of GAUGES) {
      new Gauge({
        name: `parlor_${name}`,
        help,
        registers,
        // Of several workers, one that hears nobody is enough to be told of.
        aggregator: name === 'bus_up' ? 'min' : 'sum',
        collect() {
          this.set(read()[name])
        },
      })
    }
    for (const [name, help] of COUNTS) {
      new Counter({
        name: `parlor_${name}`,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read()[name])
        },
      })
    }
    this.#loopDelay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS })
    this.#loopDelay.enable()
    const loopDelay = this.#loopDelay
    // Node records the time from one sample to the next, the wait between them included.
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LOOP_SAMPLE_MS / 1000)
    new Gauge({
      name: 'parlor_event_loop_delay_seconds',
      help: 'Delay of the event loop since the last scrape.',
      labelNames: ['quantile'],
      registers,
      aggregator: 'max',
      collect() {
        this.set({ quantile: '0.5' }, seconds(loopDelay.percentile(50)))
        this.set({ quantile: '0.99' }, seconds(loopDelay.percentile(99)))
        this.set({ quantile: '1' }, seconds(loopDelay.max))
        loopDelay.reset()
      },
    })
  }

  /** What a scrape is answered, and its type. */
  async read(): Promise<{ type: string; text: string }> {
    return { type: this.registry.contentType, text: await this.#scrape() }
  }

  /** `startedAt` by `performance.now()`. */
  countCommand(command: string, outcome: string, startedAt: number): void {
    this.#commands.inc({ command, outcome })
    this.#seconds.observe({ command }, (performance.now() - startedAt) / 1000)
  }

  countClose(reason: CloseName): void {
    this.#closes.inc({ reason })
  }

  countRefusal(status: number): void {
    this.#refusals.inc({ status })
  }

  countSignIn(outcome: string): void {
    this.#signIns.inc({ outcome })
  }

  stop(): void {
    this.#loopDelay.disable()
    this.registry.clear()
  }
}

/** Finer ones cost several percent of an idle core. */
const LOOP_SAMPLE_MS = 10

const GAUGES = [
  ['connections', 'Open connections.'],
  ['arrivals_per_second', 'Connections that are let in per second at most; fewer while the process is late.'],
  ['rooms_followed', 'Rooms that somebody on this node follows, or followed a moment ago.'],
  ['tail_cache_bytes', 'About what the tails and known members of rooms take.'],
  ['queued_bytes', 'Bytes that wait for clients to read them; what many share counts once for each.'],
  ['bus_up', '1 while this node and the others hear each other at once, or while there are no others; else 0.'],
] as const

/** What others count since the start. */
const COUNTS = [
  ['turned_away', 'Connections that were told to come back later, since the start.'],
  ['room_reads', 'Reads of a room from the store for who opened or resumed it, since the start.'],
  ['readers_from_reads', 'Readers that those reads served, since the start.'],
  ['readers_from_tails', 'Readers that were served from the tail of their room, without a read, since the start.'],
  ['bus_lost', 'Messages to other nodes that could not be sent since the start; those ask the database.'],
  ['spent_heard', 'Users and rooms of which other nodes said that they sent, since the start; they count here too.'],
  ['commits', 'Commits of the database since the start.'],
  ['commit_operations', 'Operations that those commits held.'],
  ['flushes', 'Flushes since the start.'],
  ['socket_writes', 'Socket writes by flushes since the start.'],
  ['frames_encoded', 'Frames shared by the sockets of a room, since the start.'],
  ['deliveries', 'Events handed to sockets since the start, one for each socket.'],
  ['signals', 'Signals (typing, presence) handed to sockets since the start, one for each socket.'],
  ['signals_dropped', 'Signals left out for sockets that lagged since the start; each is told later what holds then.'],
] as const

// --- types ---

export type Readings = Record<(typeof GAUGES | typeof COUNTS)[number][0], number>
