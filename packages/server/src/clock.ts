/** Clock is the only source of time in the service, so that tests and simulations can hold it. */
export interface Clock {
  /** Milliseconds since 1970. It steps when somebody sets the machine's clock: only for what is told or compared as a time. */
  now(): number
  /** Milliseconds since some moment. It never steps: for how long things take, and how long ago they were. */
  elapsed(): number
  /** Calls back once, after this many ms, unless stopped. A pending timer doesn't keep the process alive. */
  after(ms: number, callback: () => void): Timer
  /** Calls back as soon as the input that has arrived is handled. */
  soon(callback: () => void): void
}

export interface Timer {
  stop(): void
}

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref()
    return { stop: () => clearTimeout(timer) }
  },
  soon: setImmediate,
}
