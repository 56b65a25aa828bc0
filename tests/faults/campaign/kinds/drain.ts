/** A restart as platforms make it, under load: SIGTERM, everybody is asked to go, the process ends by itself, a new one starts. */
import { type FaultKind, pass } from '../fault-kind.ts'

export const drain: FaultKind<DrainPlan> = {
  name: 'SIGTERM and start',
  suspends: 'G4, until the service is back',
  episodes: { quick: 1, full: 20 },

  plan: (random, size) => ({ afterMs: Array.from({ length: size === 'quick' ? 1 : 3 }, () => random() * 500) }),

  async run({ unit, control, report }, { afterMs }) {
    let effects = 0
    for (const waitMs of afterMs) {
      await control.acks(1)
      await pass(waitMs)
      const end = control.fault({ name: 'SIGTERM and start' })
      const { code, signal } = await unit.stop()
      if (code === 0) effects += 1
      else report('G11', `asked to end, the service ended with ${signal ?? `code ${code}`}`)
      await unit.start()
      end()
    }
    return effects
  },
}

// --- types ---

interface DrainPlan {
  /** One restart each. */
  afterMs: number[]
}
