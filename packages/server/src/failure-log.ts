/** FailureLog says the same failure once, and while it goes on, now and then how often it came. */
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

export class FailureLog {
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #said = new Map<string, Said>()

  constructor(log: Logger, clock: Pick<Clock, 'elapsed'>) {
    this.#log = log
    this.#clock = clock
  }

  /** `message`: what failed, in words. Failures are the same if that is, and the reason. */
  note(level: 'warn' | 'error', err: unknown, message: string): void {
    const key = `${message}: ${reasonOf(err)}`
    const now = this.#clock.elapsed()
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
}

function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return err.cause === undefined ? err.message : `${err.message}: ${reasonOf(err.cause)}`
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
