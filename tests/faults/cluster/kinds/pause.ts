/** One of all processes stands still for a while: a node, PostgreSQL or Redis. Its connections stay, and nothing answers. */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const pause: FaultKind<PausePlan, Cluster> = {
  name: 'SIGSTOP',
  suspends: 'G4, until it goes on',
  episodes: { quick: 1, full: 50 },

  plan: (random, size) => ({
    stops: Array.from({ length: size === 'quick' ? 1 : 2 }, () => ({
      who: WHO[Math.floor(random() * WHO.length)] as Who,
      node: random(),
      acks: 1 + Math.floor(random() * 10),
      lastsMs: size === 'quick' ? 300 + random() * 1_500 : 300 + random() * 11_000,
    })),
  }),

  async run({ unit, control }, { stops }) {
    for (const { who, node, acks, lastsMs } of stops) {
      await control.acks(acks)
      const end = control.fault({ name: `SIGSTOP of ${who}`, isStoreDown: who === 'PostgreSQL' })
      const goOn = stop(unit, who, node)
      await pass(lastsMs)
      goOn()
      end()
      await control.acks(3)
    }
    return stops.length
  },
}

function stop(cluster: Cluster, who: Who, which: number): () => void {
  if (who === 'PostgreSQL') {
    cluster.postgres.pause()
    return () => cluster.postgres.resume()
  }
  const process = who === 'Redis' ? cluster.redis : cluster.node(which).program
  process.signal('SIGSTOP')
  return () => process.signal('SIGCONT')
}

const WHO = ['a node', 'PostgreSQL', 'Redis'] as const

// --- types ---

type Who = (typeof WHO)[number]

interface PausePlan {
  stops: { who: Who; node: number; acks: number; lastsMs: number }[]
}
