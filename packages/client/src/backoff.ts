/** Backoff: how long to wait before the next try. Full jitter, so that clients that failed together come back apart. */

export interface Backoff {
  /** Ms until the next try: anything from 0 to a limit that doubles with each failure. */
  next(): number
  /** A try succeeded. */
  reset(): void
  /** Tries that failed since. */
  readonly failures: number
}

/** Limit of the first wait and of every later one: 0.5 s to 30 s, as the service's load tests assume. */
export const FIRST_WAIT_MS = 500
export const LONGEST_WAIT_MS = 30_000

export function createBackoff(random: () => number): Backoff {
  let failures = 0
  return {
    next() {
      failures += 1
      return pickWait(failures - 1, random)
    },
    reset() {
      failures = 0
    },
    get failures() {
      return failures
    },
  }
}

/** Ms to wait after so many failures before this one. */
export function pickWait(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 16)))
}
