/**
 * Turns lets some of a large crowd wait for the next news when news comes steadily: each of them then gets two in one
 * write, and a write is nearly all that a delivery costs. Everybody has their turn to wait, and nobody twice in a row; most
 * get everything at once.
 */
import type { Outbound } from './outbound.ts'

export class Turns {
  readonly #maxWaitMs: number
  #held: Held[] = []
  #dueAt = Number.POSITIVE_INFINITY
  /** When the last flush for a crowd had ended. */
  #crowdAt = Number.NEGATIVE_INFINITY
  /** Until then nobody waits, because for most it was in vain. */
  #restsUntil = Number.NEGATIVE_INFINITY
  #turn = 0

  constructor(maxWaitMs: number) {
    this.#maxWaitMs = maxWaitMs
  }

  /** When those who wait must be written, whatever happens. */
  get dueAt(): number {
    return this.#dueAt
  }

  /**
   * Who is written now, of those who have something: `ended` is to be called when they are. `fullest`: the most items that
   * a frame holds. Where they are gathered already, as by the beat of a busy room, one write more or less is little.
   */
  take(dirty: readonly Outbound[], now: number, fullest: number): readonly Outbound[] {
    const count = this.#held.length + dirty.length
    const isCrowd = count >= CROWD
    // A few replies meanwhile are no reason to end the wait.
    if (!isCrowd && now < this.#dueAt) return dirty
    const waited = this.#release(now)
    const isSteady = now - this.#crowdAt <= this.#maxWaitMs
    if (!isCrowd || !isSteady || fullest > 1 || now < this.#restsUntil) return [...dirty, ...waited]
    // Whoever waited comes last: half of all are then through before it would be their turn.
    return [...this.#hold(dirty, Math.floor(count * SHARE)), ...waited]
  }

  ended(written: number, now: number): void {
    if (written < CROWD * (1 - SHARE)) return
    this.#crowdAt = now
    if (this.#held.length > 0) this.#dueAt = now + this.#maxWaitMs
  }

  /** Those who waited. Most of them should have got more meanwhile. */
  #release(now: number): Outbound[] {
    const held = this.#held
    this.#held = []
    this.#dueAt = Number.POSITIVE_INFINITY
    const gained = held.filter(({ outbound, frames }) => outbound.waitingFrames > frames).length
    if (gained * 2 < held.length) this.#restsUntil = now + REST_MS
    return held.map(({ outbound }) => outbound)
  }

  /** Holds back so many, beginning somewhere else each time. Gives the rest. */
  #hold(dirty: readonly Outbound[], wanted: number): Outbound[] {
    const start = (this.#turn++ * STRIDE) % dirty.length
    const ready: Outbound[] = []
    for (const [index, outbound] of dirty.entries()) {
      const isTurn = (index - start + dirty.length) % dirty.length < wanted
      if (isTurn && outbound.mayWait) this.#held.push({ outbound, frames: outbound.waitingFrames })
      else ready.push(outbound)
    }
    return ready
  }
}

/** Fewer are written in a millisecond. */
const CROWD = 200

/** So much of the writes is saved; more, and the median delivery would wait too. */
const SHARE = 1 / 3

/** Any prime: whoever comes after the same number of flushes isn't always the same. */
const STRIDE = 7_919

/** Before it is tried again. */
const REST_MS = 1_000

// --- types ---

interface Held {
  outbound: Outbound
  /** What waited for it then. */
  frames: number
}
