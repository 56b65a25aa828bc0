/** Flusher decides when what is ready goes out: at once when it is quiet, gathering more when the loop is busy. */
import type { Clock, Timer } from '../clock.ts'
import type { Outbound } from './outbound.ts'
import { Turns } from './turns.ts'

export class Flusher {
  /** Called before anything is written: a process that was paused must first let go of whoever ran out meanwhile (G8). */
  beforeFlush: () => void = () => {}
  /**
   * Called at the start of every flush, to turn news of rooms into frames in the sockets' queues. Gives how many items the
   * fullest of them holds.
   */
  onFlush: () => number = () => 0
  /** Flushes so far, and sockets written; for metrics. */
  flushes = 0
  writes = 0
  readonly #clock: Clock
  readonly #maxWaitMs: number
  #dirty: Outbound[] = []
  #isScheduled = false
  /** When the next flush may start: a flush that took F ms is followed by at least F ms of gathering. */
  #notBefore = 0
  readonly #turns: Turns
  #turnTimer: Timer | undefined

  constructor(options: { clock: Clock; maxWaitMs: number }) {
    this.#clock = options.clock
    this.#maxWaitMs = options.maxWaitMs
    this.#turns = new Turns(options.maxWaitMs)
  }

  /** A room has news. */
  requestRoomFlush(): void {
    this.#schedule()
  }

  /**
   * A socket has something in its queue that doesn't wait. Called once for every time that its queue stops being empty, and
   * perhaps once more; the second time there is nothing left to write.
   */
  requestFlush(outbound: Outbound): void {
    this.#dirty.push(outbound)
    this.#schedule()
  }

  /** Writes everything now. */
  flush(): void {
    const startedAt = this.#clock.elapsed()
    this.#isScheduled = true
    this.beforeFlush()
    const fullest = this.onFlush()
    const dirty = this.#dirty
    this.#dirty = []
    const ready = this.#turns.take(dirty, startedAt, fullest)
    for (const outbound of ready) if (outbound.flush() > 0) this.writes++
    this.flushes++
    const now = this.#clock.elapsed()
    this.#turns.ended(ready.length, now)
    this.#awaitTurns(now)
    this.#notBefore = now + Math.min(now - startedAt, this.#maxWaitMs)
    this.#isScheduled = false
    if (this.#dirty.length > 0) this.#schedule()
  }

  /** Whoever waits for more isn't forgotten when nothing more comes. */
  #awaitTurns(now: number): void {
    this.#turnTimer?.stop()
    this.#turnTimer = undefined
    const waitMs = this.#turns.dueAt - now
    if (waitMs < Number.POSITIVE_INFINITY) this.#turnTimer = this.#clock.after(waitMs, () => this.#schedule())
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
