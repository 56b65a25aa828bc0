/** Pacer says how long the next commit may wait to gather more: not at all while the process has time to spare. */
import { performance } from 'node:perf_hooks'

/**
 * Every commit costs the process the same, however much is in it: a sync, two messages between threads, a flush of
 * sockets. So the busier the event loop is, the longer the time from one commit's start to the next.
 */
export class Pacer {
  readonly #maxGatherMs: number
  readonly #readLoop: () => LoopTime
  #lastStart = Number.NEGATIVE_INFINITY
  #gatherMs = 0
  #sample: LoopTime

  constructor({ maxGatherMs, readLoop = () => performance.eventLoopUtilization() }: PacerOptions) {
    this.#maxGatherMs = maxGatherMs
    this.#readLoop = readLoop
    this.#sample = readLoop()
  }

  /** How long from now the next commit should wait, in ms; 0 when the last one is long ago. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#lastStart + this.#gatherMs - nowMs)
  }

  /** A commit starts. */
  start(nowMs: number): void {
    this.#lastStart = nowMs
    const loop = this.#readLoop()
    const active = loop.active - this.#sample.active
    const total = active + loop.idle - this.#sample.idle
    if (total < SAMPLE_MS) return
    this.#sample = loop
    const load = (active / total - SPARE_UTILIZATION) / (FULL_UTILIZATION - SPARE_UTILIZATION)
    this.#gatherMs = this.#maxGatherMs * Math.min(1, Math.max(0, load))
  }
}

/** Shorter samples would follow single commits. */
const SAMPLE_MS = 50

/** Below it, waiting would only add latency; above `FULL_UTILIZATION` the loop is the bottleneck. */
const SPARE_UTILIZATION = 0.5
const FULL_UTILIZATION = 0.9

// --- types ---

export interface PacerOptions {
  /** The longest time from one commit's start to the next, in ms. */
  maxGatherMs: number
  /** How long the event loop has worked and rested so far, in ms. */
  readLoop?: () => LoopTime
}

interface LoopTime {
  active: number
  idle: number
}
