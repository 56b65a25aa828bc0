/** FakeClock: time that passes only when a test says so. */
import type { Clock } from '../clock.ts'

export interface FakeClock extends Clock {
  /** Lets time pass: runs what is due, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Timers that wait. */
  readonly waiting: number
}

export function createFakeClock(startMs = 1_000_000): FakeClock {
  let now = startMs
  let lastId = 0
  const timers = new Map<number, { at: number; run: () => void }>()

  const nextDue = (until: number): number | undefined => {
    let found: number | undefined
    let foundAt = until
    for (const [id, { at }] of timers) {
      if (at > foundAt || (at === foundAt && found !== undefined)) continue
      found = id
      foundAt = at
    }
    return found
  }

  return {
    now: () => now,
    after(ms, run) {
      lastId += 1
      const id = lastId
      timers.set(id, { at: now + Math.max(0, ms), run })
      return () => void timers.delete(id)
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let id = nextDue(until); id !== undefined; id = nextDue(until)) {
        const timer = timers.get(id)
        timers.delete(id)
        now = Math.max(now, timer?.at ?? now)
        timer?.run()
        await settle()
      }
      now = until
    },
    get waiting() {
      return timers.size
    },
  }
}

/** Lets every promise that can settle do so. More turns than any chain of ours has. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}
