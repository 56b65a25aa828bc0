/** kill -9 of one node after the other at random instants; each is started again, at once or a moment later. */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const killNode: FaultKind<KillPlan, Cluster> = {
  name: 'kill -9 of a node',
  suspends: 'G4, until the node is back',
  episodes: { quick: 1, full: 100 },

  plan: (random, size) => ({
    kills: Array.from({ length: size === 'quick' ? 2 : 5 }, () => ({
      node: random(),
      acks: 1 + Math.floor(random() * 12),
      afterMs: random() * 60,
      // Often its connections are back elsewhere before it is.
      goneMs: random() < 0.5 ? 0 : random() * 1_500,
    })),
  }),

  async run({ unit, control }, { kills }) {
    let effects = 0
    for (const { node: which, acks, afterMs, goneMs } of kills) {
      await control.acks(acks)
      await pass(afterMs)
      const end = control.fault({ name: 'kill -9 of a node' })
      const node = unit.node(which)
      if (await node.kill()) effects += 1
      await pass(goneMs)
      await node.start()
      end()
    }
    return effects
  },
}

// --- types ---

interface KillPlan {
  kills: { node: number; acks: number; afterMs: number; goneMs: number }[]
}
