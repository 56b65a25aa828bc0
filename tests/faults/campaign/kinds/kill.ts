/** kill -9 of the service at random instants under load, several times, each time started again on the same file. */
import { type FaultKind, pass } from '../fault-kind.ts'

export const kill: FaultKind<KillPlan> = {
  name: 'kill -9',
  suspends: 'G4, until the service is back',
  episodes: { quick: 1, full: 63 },

  plan: (random, size) => ({
    kills: Array.from({ length: size === 'quick' ? 3 : 8 }, () => ({
      acks: Math.floor(random() * 12),
      afterMs: random() * 60,
    })),
  }),

  async run({ unit, control }, { kills }) {
    let effects = 0
    for (const { acks, afterMs } of kills) {
      // Where the service is in its work is then up to the machine: any instant.
      await control.acks(1 + acks)
      await pass(afterMs)
      const end = control.fault({ name: 'kill -9' })
      if (await unit.kill()) effects += 1
      await unit.start()
      end()
    }
    return effects
  },
}

// --- types ---

interface KillPlan {
  kills: { acks: number; afterMs: number }[]
}
