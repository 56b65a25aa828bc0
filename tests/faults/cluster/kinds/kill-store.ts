/** kill -9 of PostgreSQL, every process of it: nodes lose every connection, and what they had under way is in doubt. */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const killStore: FaultKind<KillPlan, Cluster> = {
  name: 'kill -9 of PostgreSQL',
  suspends: 'G4, until it is back',
  episodes: { quick: 1, full: 50 },

  plan: (random, size) => ({
    kills: Array.from({ length: size === 'quick' ? 1 : 4 }, () => ({
      acks: 1 + Math.floor(random() * 12),
      afterMs: random() * 60,
      goneMs: random() < 0.7 ? 0 : random() * 3_000,
    })),
  }),

  async run({ unit, control }, { kills }) {
    let effects = 0
    for (const { acks, afterMs, goneMs } of kills) {
      await control.acks(acks)
      await pass(afterMs)
      const end = control.fault({ name: 'kill -9 of PostgreSQL' })
      const endStoreDown = control.fault({ name: 'PostgreSQL is gone', isStoreDown: true })
      await unit.postgres.kill()
      effects += 1
      await pass(goneMs)
      // Nodes may find it before we do.
      endStoreDown()
      await unit.postgres.restart()
      end()
    }
    return effects
  },
}

// --- types ---

interface KillPlan {
  kills: { acks: number; afterMs: number; goneMs: number }[]
}
