/** Tally counts what arrives at all connections, and how late after the time when it was due to be sent. */
import { Histogram } from './statistics.ts'

export class Tally {
  readonly #senders: number
  /** When a message was due, in ms of `performance.now()`: a ring for each sender of each room. */
  readonly #due: Float64Array
  readonly #problems = new Map<string, number>()
  #from = Number.POSITIVE_INFINITY
  #to = Number.POSITIVE_INFINITY
  /** From the due time to the arrival, of messages that were due inside the window. */
  readonly latency = new Histogram()
  /** From the due time to the answer. */
  readonly ackLatency = new Histogram()
  deliveries = 0
  acks = 0
  /** Messages that didn't come before a later one did, and those that came again or too late. */
  skipped = 0
  repeated = 0
  /** How far the first payload of a frame is from its start, and how near payloads are to each other: good guesses. */
  lead = 0
  stride = 1_000_000

  constructor(rooms: number, senders: number) {
    this.#senders = senders
    this.#due = new Float64Array(rooms * senders * RING)
  }

  /** Latencies count for messages that are due from `from` to before `to`. */
  openWindow(from: number, to: number): void {
    this.#from = from
    this.#to = to
    this.latency.clear()
    this.ackLatency.clear()
  }

  scheduled(room: number, sender: number, counter: number, dueMs: number): void {
    this.#due[this.#slot(room, sender, counter)] = dueMs
  }

  delivered(room: number, sender: number, counter: number, nowMs: number): void {
    this.deliveries++
    this.#record(this.latency, this.#slot(room, sender, counter), nowMs)
  }

  acked(room: number, sender: number, counter: number, nowMs: number): void {
    this.acks++
    this.#record(this.ackLatency, this.#slot(room, sender, counter), nowMs)
  }

  /** A command was answered with this error code. */
  refused(code: string): void {
    this.#note(`refused: ${code}`)
  }

  /** A connection was lost, or what came over it can't be right. */
  broke(error: Error): void {
    this.#note(error.message)
  }

  /** What went wrong since the last call, each kind once, and how often altogether. */
  takeProblems(): { kinds: string[]; count: number } {
    const kinds = [...this.#problems].map(([text, count]) => `${text} (${count} times)`)
    const count = [...this.#problems.values()].reduce((sum, times) => sum + times, 0)
    this.#problems.clear()
    return { kinds, count }
  }

  #record(histogram: Histogram, slot: number, nowMs: number): void {
    const due = this.#due[slot] ?? 0
    if (due >= this.#from && due < this.#to) histogram.record(nowMs - due)
  }

  #slot(room: number, sender: number, counter: number): number {
    return (room * this.#senders + sender) * RING + (counter & (RING - 1))
  }

  #note(text: string): void {
    this.#problems.set(text, (this.#problems.get(text) ?? 0) + 1)
  }
}

/** Messages of one sender that may be under way; a run that has more has failed long before. A power of two. */
const RING = 4_096
