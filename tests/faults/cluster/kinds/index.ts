/** Every way in which the campaign breaks a cluster, in the order of the table. */
import type { FaultKind } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'
import { failover } from './failover.ts'
import { killNode } from './kill-node.ts'
import { killStore } from './kill-store.ts'
import { flushRedis, killRedis, lastWords } from './lose-redis.ts'
import { partitions } from './partitions.ts'
import { pause } from './pause.ts'
import { restore } from './restore.ts'
import { rollingRestart } from './rolling-restart.ts'
import { storm } from './storm.ts'

// biome-ignore lint/suspicious/noExplicitAny: the plan of a kind is nobody else's business.
export const CLUSTER_KINDS: readonly FaultKind<any, Cluster>[] = [
  killNode,
  killStore,
  killRedis,
  flushRedis,
  lastWords,
  ...partitions,
  pause,
  rollingRestart,
  restore,
  failover,
  storm,
]
