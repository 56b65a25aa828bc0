/** Ceilings are what more nodes don't help against: how near a plan is to each, and what to do about it. */
import type { Constants } from './constants.ts'
import { countReached } from './fan-out.ts'
import type { Plan } from './plan.ts'
import { listRooms } from './profiles.ts'
import { RULES } from './rules.ts'

/** How much of each ceiling a plan uses, the nearest one first. Above 1 it is broken through. */
export function findCeilings(plan: Plan, constants: Constants): Use[] {
  return CEILINGS.map(({ name, use }) => ({ name, share: use(plan, constants) })).sort((a, b) => b.share - a.share)
}

export const CEILINGS: readonly Ceiling[] = [
  {
    name: 'CPU of the primary',
    use: ({ postgresCores }) => postgresCores / (RULES.primaryVcpus * RULES.utilisation),
    watch: 'CPU of PostgreSQL; `parlor_commit_operations` for each of `parlor_commits`',
    remedy:
      'Fewer and larger nodes: a commit costs as much as a dozen messages, and a node with little to do puts one message into each. They also ask for fewer heads, because a room is on fewer of them. Then rooms on several primaries, by a hash of the room’s id: each is a service of its own, because no transaction spans rooms of two. That is not built.',
  },
  {
    name: 'reads after an outage',
    use: ({ postgresStormCores }) => postgresStormCores / RULES.primaryVcpus,
    watch: '`parlor_room_reads` a second against `parlor_readers_from_tails`',
    remedy:
      'Let a node in fewer at a time: everybody is back later, and nothing breaks. Fewer and larger nodes read less, because a room is on fewer of them.',
  },
  {
    name: 'commits of the primary',
    use: ({ commits }, c) => commits / (c.commitsPerSecond * RULES.utilisation),
    watch: '`parlor_commits` a second, and `parlor_commit_operations` for each',
    remedy:
      'A disk that syncs faster. Fewer and larger nodes gather more into a commit. Then several primaries, as above.',
  },
  {
    name: 'a year on one disk',
    use: ({ gibADay }) => (gibADay * 365) / 1_024 / RULES.volumeTib,
    watch: 'the size of the database; its growth a day',
    remedy: 'Partitions of the messages by time, the old ones on cheaper storage. Then several primaries, as above.',
  },
  {
    name: 'the shard of the busiest room',
    use: ({ profile, connections, nodes }, c) => {
      const cost = ({ connections: size, messagesPerSecond }: { connections: number; messagesPerSecond: number }) =>
        messagesPerSecond * (c.redisPublishUs + c.redisReceiverUs * countReached(nodes, size))
      return Math.max(...listRooms(profile, connections).map(cost)) / 1e6 / RULES.utilisation
    },
    watch: 'CPU of each Redis shard, the highest',
    remedy:
      'A room is one channel, so more shards don’t help it. Fewer and larger nodes do: a publish costs Redis a write for each.',
  },
  {
    name: 'receiving from the bus',
    use: (plan) => shareOfWork(plan.receiveCores, plan),
    watch: '`parlor_frames_encoded` against `parlor_deliveries`: near 1, each node encodes for one socket',
    remedy:
      'Half of a node’s work is then to hear of messages for one or two sockets. Let the load balancer prefer the same nodes for the same tenant; nothing depends on it. More processes on one machine don’t help, because each receives for itself.',
  },
  {
    name: 'presence between nodes',
    use: (plan) => shareOfWork(plan.signalCores, plan),
    watch: 'CPU of nodes and of Redis while nobody writes',
    remedy:
      'Every node says every few seconds who of a room is there, to all others of that room. Show presence in fewer rooms (`usePresence` and the list of members ask for it), or have fewer and larger nodes.',
  },
  {
    name: 'connections to a Redis shard',
    use: ({ nodes }) => nodes / RULES.redisClients,
    watch: '`connected_clients` of Redis',
    remedy: 'Raise `maxclients`; each costs Redis some 20 KiB.',
  },
]

/** Half of the nodes' work is when to do something about it; less where they have little to do. */
function shareOfWork(cores: number, { nodeCores, nodes }: Plan): number {
  return (2 * cores * Math.min(1, nodeCores / nodes / RULES.utilisation)) / nodeCores
}

// --- types ---

export interface Use {
  name: string
  share: number
}

interface Ceiling {
  name: string
  use: (plan: Plan, constants: Constants) => number
  /** Metrics that show it coming. */
  watch: string
  remedy: string
}
