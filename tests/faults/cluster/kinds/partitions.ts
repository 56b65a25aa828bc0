/** A node is cut off from PostgreSQL or from Redis, or both, in one of the ways in which networks do it; the others aren't. */
import type { FaultProxy } from '../../../support/fault-proxy.ts'
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'
import type { ClusterNode } from '../cluster-node.ts'

const HEALED = 'G4, until it is healed'

export const partitions: readonly FaultKind<PartitionPlan, Cluster>[] = [
  partition('a node without PostgreSQL', ({ toPostgres }) => [toPostgres], HEALED),
  // What Redis would have told is seen within G4's 5 s.
  partition('a node without Redis', ({ toRedis }) => [toRedis]),
  partition('a node without both', ({ toPostgres, toRedis }) => [toPostgres, toRedis], HEALED),
]

function partition(
  name: string,
  linesOf: (node: ClusterNode) => FaultProxy[],
  suspends?: string,
): FaultKind<PartitionPlan, Cluster> {
  return {
    name,
    suspends: suspends ?? 'G10, until it is healed',
    episodes: { quick: 1, full: 34 },

    plan: (random, size) => ({
      node: random(),
      acks: 1 + Math.floor(random() * 10),
      way: pick(Object.keys(WAYS) as Way[], random),
      // Shorter than any timeout, and longer than every one.
      lastsMs: size === 'quick' ? random() * 2_000 : random() < 0.5 ? random() * 3_000 : 3_000 + random() * 7_000,
    }),

    async run({ unit, control }, { node, acks, way, lastsMs }) {
      await control.acks(acks)
      // The others can't tell a node that Redis lost from one that is gone, and don't show who is on it.
      const end = control.fault({ name, isOfPresence: suspends === undefined })
      const lines = linesOf(unit.node(node))
      for (const line of lines) WAYS[way](line)
      await pass(lastsMs)
      for (const line of lines) line.pass()
      end()
      // Whoever was there goes on, or is elsewhere by now.
      await control.acks(3)
      return 1
    },
  }
}

const WAYS = {
  'nothing arrives': (line: FaultProxy) => line.blackhole(),
  reset: (line: FaultProxy) => line.cut('reset'),
  'half open': (line: FaultProxy) => line.halfOpen('service'),
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T
}

// --- types ---

type Way = keyof typeof WAYS

interface PartitionPlan {
  node: number
  acks: number
  way: Way
  lastsMs: number
}
