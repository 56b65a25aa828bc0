/** Pace keeps a fixed rate whatever the server does: each message has a time when it is due, and lateness counts. */

export class Pace {
  readonly #intervalMs: number
  readonly #isLone: boolean

  /** `isLone`: wait by spinning, so that a message goes at its time to the microsecond; for low rates only. */
  constructor(ratePerSecond: number, isLone = false) {
    this.#intervalMs = 1000 / ratePerSecond
    this.#isLone = isLone
  }

  /** Calls `send` with each due time from `startedAt` on, until the last mark; each mark's `act` at its own time. */
  run(startedAt: number, marks: readonly Mark[], send: (dueMs: number, index: number) => void): Promise<void> {
    const open = [...marks].sort((a, b) => a.at - b.at)
    const end = open.at(-1)?.at ?? startedAt
    let index = 0
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          const now = performance.now()
          for (;;) {
            const dueMs = startedAt + index * this.#intervalMs
            const mark = open[0]
            if (mark && mark.at <= now && mark.at <= dueMs) open.shift()?.act()
            else if (dueMs <= now && dueMs < end) send(dueMs, index++)
            else break
          }
          if (open.length === 0) resolve()
          else this.#wait(Math.min(startedAt + index * this.#intervalMs, open[0]?.at ?? end) - now, step)
        } catch (error) {
          reject(error as Error)
        }
      }
      step()
    })
  }

  #wait(ms: number, step: () => void): void {
    if (this.#isLone && ms < SPIN_MS) setImmediate(step)
    else setTimeout(step, this.#isLone ? ms - SPIN_MS : Math.max(1, ms))
  }
}

/** Timers come up to this much late. */
const SPIN_MS = 2

// --- types ---

export interface Mark {
  at: number
  act: () => void
}
