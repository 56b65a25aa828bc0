/** StormReads counts what clients that come back to their rooms cost the store, as nodes share reads and remember rooms. */
import { FEW_MEMBERS } from '../../packages/server/src/delivery/shared-read.ts'

export class StormReads {
  readonly #options: StormReadsOptions
  readonly #serviceMs: number
  /** For each room on each node: when the last read begins and ends that was begun or is planned, and how many there were. */
  readonly #startMs: Float64Array
  readonly #endMs: Float64Array
  readonly #readsOf: Uint32Array
  readonly #checkedAt: Float64Array
  readonly #bySecond: number[] = []
  /** When the database has nothing more to do. */
  #freeMs = 0
  #reads = 0
  #places = 0
  #headChecks = 0

  constructor(options: StormReadsOptions) {
    const { roomSizes, nodes, readUs, cores } = options
    this.#options = options
    this.#serviceMs = readUs / 1_000 / cores
    this.#startMs = new Float64Array(roomSizes.length * nodes)
    this.#endMs = new Float64Array(roomSizes.length * nodes)
    this.#readsOf = new Uint32Array(roomSizes.length * nodes)
    this.#checkedAt = new Float64Array(nodes)
  }

  /** Somebody opens a room, not before those of the calls before. Returns when they have it. */
  open(room: number, node: number, atMs: number): number {
    const place = room * this.#options.nodes + node
    const endMs = this.#endMs[place] ?? 0
    const before = this.#readsOf[place] ?? 0
    if (before === 0) this.#places++
    if (this.#options.remembers && before >= this.#readsToKnow(room)) {
      return this.#checkHeads(node, Math.max(atMs, endMs))
    }
    // A read counts only for who came before it began: one is under way, and the others share the next.
    if (before > 0 && atMs <= (this.#startMs[place] ?? 0)) return endMs
    const startMs = Math.max(atMs, endMs)
    // A read takes its time, and more where the database has more to do than it can.
    this.#freeMs = Math.max(this.#freeMs, startMs) + this.#serviceMs
    const doneMs = Math.max(startMs + this.#options.readMs, this.#freeMs)
    this.#startMs[place] = startMs
    this.#endMs[place] = doneMs
    this.#readsOf[place] = before + 1
    this.#count(startMs)
    return doneMs
  }

  totals(): ReadsSeen {
    return {
      reads: this.#reads,
      peakReads: this.#bySecond.reduce((most, count) => Math.max(most, count ?? 0), 0),
      placesOnNodes: this.#places,
      headChecks: this.#headChecks,
    }
  }

  /** The first read for who comes back brings the members of a small room along, the second one those of a large one. */
  #readsToKnow(room: number): number {
    return (this.#options.roomSizes[room] ?? 0) > FEW_MEMBERS ? 2 : 1
  }

  /** One check at a time for all rooms of a node that somebody asked for; it lasts as long as a read. */
  #checkHeads(node: number, atMs: number): number {
    const { readMs } = this.#options
    const lastMs = this.#checkedAt[node] ?? 0
    if (atMs > lastMs) {
      this.#checkedAt[node] = Math.max(atMs, lastMs + readMs)
      this.#headChecks++
    }
    return (this.#checkedAt[node] ?? 0) + readMs
  }

  #count(atMs: number): void {
    const second = Math.floor(atMs / 1_000)
    this.#bySecond[second] = (this.#bySecond[second] ?? 0) + 1
    this.#reads++
  }
}

// --- types ---

export interface StormReadsOptions {
  /** The connections of each room. */
  roomSizes: Uint32Array
  nodes: number
  /** How long a read takes, and how much of one of the database's cores. */
  readMs: number
  readUs: number
  cores: number
  /** Nodes answer from what they remember, after a check of heads that all who came meanwhile share. */
  remembers: boolean
}

export interface ReadsSeen {
  reads: number
  /** In the busiest second. */
  peakReads: number
  /** Pairs of a room and a node, to which somebody came back. */
  placesOnNodes: number
  headChecks: number
}
