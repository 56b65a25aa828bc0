/** A new version is rolled out: one node after the other is asked to go, and comes back before the next one goes (G11). */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const rollingRestart: FaultKind<RollingPlan, Cluster> = {
  name: 'rolling restart',
  // Two nodes are always there.
  suspends: 'nothing',
  episodes: { quick: 1, full: 50 },

  plan: (random) => ({ betweenMs: Array.from({ length: 3 }, () => random() * 300) }),

  async run({ unit, control, report }, { betweenMs }) {
    let effects = 0
    for (const [index, node] of unit.nodes.entries()) {
      await control.acks(1)
      await pass(betweenMs[index] ?? 0)
      const { code, signal } = await node.stop()
      if (code === 0) effects += 1
      else report('G11', `asked to end, a node ended with ${signal ?? `code ${code}`}`)
      await node.start()
    }
    return effects
  },
}

// --- types ---

interface RollingPlan {
  betweenMs: number[]
}
