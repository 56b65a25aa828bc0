/** What clients sent before their connections broke arrives seconds later, when they have come back and gone on. */
import { type FaultKind, pass } from '../fault-kind.ts'

export const lateFrames: FaultKind<LatePlan> = {
  name: 'late frames',
  suspends: 'G4, until the network is healthy',
  episodes: { quick: 2, full: 38 },

  plan: (random, size) => ({
    troubles: Array.from({ length: size === 'quick' ? 2 : 4 }, () => ({
      afterMs: random() * 300,
      gatherMs: 300 + random() * 900,
      latencyMs: 2_000 + Math.floor(random() * 3_000),
    })),
  }),

  async run({ unit: { proxy }, control }, { troubles }) {
    let effects = 0
    for (const { afterMs, gatherMs, latencyMs } of troubles) {
      await control.acks(1)
      await pass(afterMs)
      const end = control.fault({ name: 'late frames' })
      proxy.slow({ latencyMs })
      await pass(gatherMs)
      const late = proxy.open.filter(({ waitingUp }) => waitingUp > 0)
      control.cutClients()
      // For what comes from now on: what is on its way stays late.
      proxy.pass()
      await pass(latencyMs)
      if (late.length > 0) effects += 1
      end()
    }
    return effects
  },
}

// --- types ---

interface LatePlan {
  troubles: { afterMs: number; gatherMs: number; latencyMs: number }[]
}
