/** Jobs: work on the device, one after the other, so that each begins with what is true then. */
import type { Clock } from '../clock.ts'

export interface Jobs {
  /** Runs when those before it have ended; not again while the same one still waits. */
  add(job: Job): void
  /** Those that wait are dropped; the one that runs goes on. */
  clear(): void
  /** Fulfilled when nothing runs and nothing waits. */
  idle(): Promise<void>
  /** Something may run now that might not before. */
  go(): void
}

export type Job = () => Promise<void>

export function createJobs({ clock, limitMs, mayRun, onFailed }: JobsDeps): Jobs {
  let waiting: Job[] = []
  let running: Promise<void> | undefined

  const go = (): void => {
    if (running || !mayRun()) return
    const job = waiting.shift()
    if (!job) return
    running = within(clock, limitMs, job())
      .catch(onFailed)
      .finally(() => {
        running = undefined
        go()
      })
  }
  return {
    add(job) {
      if (!waiting.includes(job)) waiting.push(job)
      go()
    },
    clear() {
      waiting = []
    },
    async idle() {
      while (running) await running
    },
    go,
  }
}

/** Rejects when it takes longer. */
export function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => reject(new Error(`It took longer than ${limitMs} ms.`)))
    work.then(resolve, reject).finally(stop)
  })
}

// --- types ---

export interface JobsDeps {
  clock: Clock
  /** One that takes longer has failed, although it may go on. */
  limitMs: number
  mayRun: () => boolean
  onFailed(error: unknown): void
}
