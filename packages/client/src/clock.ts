/** Clock: the time and the timers of a client. */

export interface Clock {
  /** Ms since 1970. */
  now(): number
  /** Calls once after `ms`; returns the function that cancels it. */
  after(ms: number, run: () => void): Cancel
}

export type Cancel = () => void

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
