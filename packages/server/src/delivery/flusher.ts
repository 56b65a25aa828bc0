/** Flusher decides when what is ready goes out: at once when it is quiet, gathering more when the loop is busy. */
import type { Clock } from '../clock.ts'
import type { Outbound } from './outbound.ts'

export class Flusher {
  /** Called before anything is written: a process that was paused must first let go of whoever ran out meanwhile (G8). */
  beforeFlush: () => void = () => {}
  /** Called at the start of every flush, to turn news of rooms into frames in the sockets' queues. */
  onFlush: () => void = () => {}
  /** Flushes so far, and sockets written; for metrics. */
  flushes = 0
  writes = 0
  readonly #clock: Clock
  readonly #maxWaitMs: number
  #dirty: Outbound[] = []
  #isScheduled = false
  /** When the next flush may start: a flush that took F ms is followed by at least F ms of gathering. */
  #notBefore = 0

  constructor(options: { clock: Clock; maxWaitMs: number }) {
    this.#clock = options.clock
    this.#maxWaitMs = options.maxWaitMs
  }

  /** A room has news. */
  requestRoomFlush(): void {
    this.#schedule()
  }

  /** A socket has something in its queue. Called once for every time that its queue stops being empty. */
  requestFlush(outbound: Outbound): void {
    this.#dirty.push(outbound)
    this.#schedule()
  }

  /** Writes everything now. */
  flush(): void {
    const startedAt = this.#clock.elapsed()
    this.#isScheduled = true
    this.beforeFlush()
    this.onFlush()
    const dirty = this.#dirty
    this.#dirty = []
    for (const outbound of dirty) if (outbound.flush() > 0) this.writes++
    this.flushes++
    const now = this.#clock.elapsed()
    this.#notBefore = now + Math.min(now - startedAt, this.#maxWaitMs)
    this.#isScheduled = false
    if (this.#dirty.length > 0) this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const waitMs = this.#notBefore - this.#clock.elapsed()
    if (waitMs < 1) this.#clock.soon(this.#run)
    else this.#clock.after(waitMs, this.#run)
  }

  readonly #run = (): void => this.flush()
}
