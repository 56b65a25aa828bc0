/**
 * The system's clock steps by an hour, forwards and back, for the service and for the app that mints tokens (they stand
 * on one machine). What the saboteur shifts is `Date`; a real step also moves the times of files, which nothing reads.
 */
import { type FaultKind, pass } from '../fault-kind.ts'

export const clock: FaultKind<ClockPlan> = {
  name: 'clock jump',
  suspends: 'G4, while everybody whose token is over signs in again',
  episodes: { quick: 1, full: 20 },

  plan: (random, size) => ({
    steps: (random() < 0.5 ? [HOUR_MS, 0, -HOUR_MS, 0] : [-HOUR_MS, HOUR_MS, 0])
      .slice(0, size === 'quick' ? 2 : undefined)
      .map((toMs) => ({ toMs, lastsMs: 500 + random() * 1_500 })),
    // Sometimes it starts on the wrong clock, too.
    restartsAt: random() < 0.3 ? 1 : undefined,
  }),

  async run({ unit, control }, { steps, restartsAt }) {
    let effects = 0
    try {
      for (const [index, { toMs, lastsMs }] of steps.entries()) {
        await control.acks(1)
        const end = control.fault({ name: 'clock jump' })
        const now = await unit.shiftClock(toMs)
        if (Math.abs(now - Date.now() - toMs) < HOUR_MS / 2) effects += 1
        if (index === restartsAt) {
          await unit.kill()
          await unit.start()
        }
        await pass(lastsMs)
        end()
      }
    } finally {
      const end = control.fault({ name: 'clock jump' })
      await unit.shiftClock(0)
      end()
    }
    return effects
  },
}

const HOUR_MS = 3_600_000

// --- types ---

interface ClockPlan {
  steps: { toMs: number; lastsMs: number }[]
  restartsAt: number | undefined
}
