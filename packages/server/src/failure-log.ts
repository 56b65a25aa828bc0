/** FailureLog says the same failure once, while it goes on now and then how often it came, and when it is over. */
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

export class FailureLog {
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #said = new Map<string, Said>()
  /** By what fails. */
  readonly #current = new Map<string, { sinceMs: number; times: number }>()

  constructor(log: Logger, clock: Pick<Clock, 'elapsed'>) {
    this.#log = log
    this.#clock = clock
  }

  /** `message`: what failed, in words. Failures are the same if that is, and the reason. */
  note(level: 'warn' | 'error', error: unknown, message: string): void {
    // What a client is told of it is nothing to whoever reads the log.
    const err = error instanceof Error ? (error.cause ?? error) : error
    const now = this.#clock.elapsed()
    const current = this.#current.get(message) ?? { sinceMs: now, times: 0 }
    this.#current.set(message, current)
    current.times++
    const key = `${message}: ${err instanceof Error ? err.message : String(err)}`
    const before = this.#said.get(key)
    if (before && now - before.atMs < AGAIN_MS) {
      before.more++
      return
    }
    if (!before && this.#said.size >= MOST_REASONS) this.#said.clear()
    this.#said.set(key, { atMs: now, more: 0 })
    // What came long ago was another failure.
    const isOn = before && before.more > 0 && now - before.atMs < 2 * AGAIN_MS
    this.#log[level]({ err, ...(isOn && { times: before.more + 1 }) }, message)
  }

  /** What failed works, perhaps again: then it says so by `text`, with how long and how often it failed. */
  over(message: string, text: string): void {
    const current = this.#current.get(message)
    if (!current) return
    this.#current.delete(message)
    const seconds = Math.round(this.#clock.elapsed() - current.sinceMs) / 1_000
    this.#log.info({ seconds, times: current.times }, text)
  }
}

/** A line for each of the others would bury the rest of the log: thousands come a minute while a database is gone. */
const AGAIN_MS = 10_000

const MOST_REASONS = 100

// --- types ---

interface Said {
  atMs: number
  /** Of those since, which weren't said. */
  more: number
}
