/** ManualClock is a clock that moves only when a test says so: minutes pass in no time. */
import type { Clock, Timer } from '@parlor/server'

export class ManualClock implements Clock {
  #now = Date.now()
  readonly #timers = new Set<Pending>()

  readonly now = (): number => this.#now

  readonly elapsed = (): number => this.#now

  after(ms: number, callback: () => void): Timer {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return { stop: () => void this.#timers.delete(timer) }
  }

  /** Input and output stay real. */
  soon(callback: () => void): void {
    setImmediate(callback)
  }

  /** Lets this many ms pass, timer by timer, and the sockets run between them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    this.#now = end
  }
}

// --- types ---

interface Pending {
  at: number
  callback: () => void
}
