/** Pacer says how long the next commit may wait to gather more: not at all while there is hardly anything to gather. */

/**
 * Every commit costs the process the same, however much is in it: a sync, two messages between threads, a flush of
 * sockets. So the more operations come, the longer the time from one commit's start to the next, until a commit has
 * enough of them. What decides is how many would come along, not how busy the process is: gathering makes it less busy,
 * and a rule that looked at that would go back and forth.
 */
export class Pacer {
  readonly #maxGatherMs: number
  #lastStart = Number.NEGATIVE_INFINITY
  #gatherMs = 0
  #sampledAt = Number.NEGATIVE_INFINITY
  #operations = 0

  constructor({ maxGatherMs }: { maxGatherMs: number }) {
    this.#maxGatherMs = maxGatherMs
  }

  /** How long from now the next commit should wait, in ms; 0 when the last one is long ago. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#lastStart + this.#gatherMs - nowMs)
  }

  /** A commit of so many operations starts. */
  start(nowMs: number, operations: number): void {
    this.#lastStart = nowMs
    this.#operations += operations
    const elapsedMs = nowMs - this.#sampledAt
    if (elapsedMs < SAMPLE_MS) return
    const perMs = this.#operations / elapsedMs
    // In the time that a commit may wait, so many would come along.
    const company = perMs * this.#maxGatherMs
    const worthMs = this.#maxGatherMs * Math.min(1, Math.max(0, (company - ALONE) / (CROWD - ALONE)))
    this.#gatherMs = Math.min(worthMs, ENOUGH / perMs)
    this.#sampledAt = nowMs
    this.#operations = 0
  }
}

/** Shorter samples would take a few clients' coincidence for a rate. */
const SAMPLE_MS = 50

/** Below `ALONE`, waiting would only add latency; from `CROWD` on, a commit's fixed cost is a small part of all (measured). */
const ALONE = 2
const CROWD = 8

/** With so many in a commit, more would make each of them only later (measured). */
const ENOUGH = 32
