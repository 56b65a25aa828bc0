/** A plan says how much of everything a service of so many connections needs at its busiest hour. */
import type { Constants } from './constants.ts'
import { type Load, type Scene, sumLoad } from './load.ts'
import { type Prices, priceMachines, pricePerMillion } from './prices.ts'
import type { Profile } from './profiles.ts'
import { RULES } from './rules.ts'

export function makePlan(profile: Profile, connections: number, constants: Constants): Plan {
  const scene = { profile, connections, constants }
  const nodes = findNodes(scene)
  const load = sumLoad(scene, nodes)
  const redisShards = Math.max(1, Math.ceil(load.redisCores / RULES.utilisation))
  const database = countDatabase(load, constants)
  const traffic = load.deliveries * constants.deliveryBytes + (connections * RULES.heartbeatBytes) / RULES.heartbeatS
  const dollarsPerHour = priceMachines({ nodes, redisShards, ...database })
  return {
    ...load,
    profile,
    connections,
    needed: countNodes(load, scene),
    nodes,
    redisShards,
    ...database,
    gbitPerSecond: (traffic * 8) / 1e9,
    dollarsPerHour,
    perMillion: pricePerMillion(load, dollarsPerHour, constants),
  }
}

/**
 * The least number that is enough. More nodes spread a room further, which asks for more nodes; but a room reaches no more
 * nodes than it has connections, so it ends.
 */
function findNodes(scene: Scene): number {
  for (let nodes: number = RULES.leastNodes; ; ) {
    const needed = Math.max(...Object.values(countNodes(sumLoad(scene, nodes), scene)))
    if (needed <= nodes) return nodes
    nodes = needed
  }
}

/** How many nodes each need of them asks for. */
function countNodes(load: Load, { connections, constants: c }: Scene): Needed {
  const wantedMib = (connections * (c.connectionKib + c.kernelKib) + load.placesOnNodes * c.roomKib) / 1_024
  const freeMib = RULES.nodeGib * 1_024 * RULES.utilisation - c.processMib - RULES.tailCacheMib
  return {
    cpu: Math.ceil(load.nodeCores / RULES.utilisation),
    memory: Math.ceil(wantedMib / freeMib),
    storm: Math.ceil(connections / (gatePerSecond(c) * RULES.backWithinS)),
  }
}

/** Hellos a second that a node lets in: what it can, without the share that goes on serving who is there. */
export function gatePerSecond({ connectUs }: Pick<Constants, 'connectUs'>): number {
  return (1e6 / connectUs) * RULES.gateShare
}

function countDatabase(load: Load, { commitsPerSecond, rowBytes }: Constants): Database {
  const { messages, commits, postgresCores, postgresStormCores } = load
  // In a storm nothing is held back for bad days.
  const postgresVcpus = Math.max(2, Math.ceil(postgresCores / RULES.utilisation), Math.ceil(postgresStormCores))
  const byCommits = Math.ceil(commits / (commitsPerSecond * RULES.utilisation))
  const messagesADay = (messages * DAY_S) / RULES.peakToMean
  return {
    postgresVcpus,
    primaries: Math.max(Math.ceil(postgresVcpus / RULES.primaryVcpus), byCommits),
    partitions: Math.max(1, Math.ceil((messagesADay * 365) / RULES.rowsPerPartition)),
    gibADay: (messagesADay * rowBytes) / 2 ** 30,
  }
}

const DAY_S = 86_400

// --- types ---

export interface Plan extends Load, Database {
  profile: Profile
  connections: number
  /** Nodes by each need alone. */
  needed: Needed
  nodes: number
  redisShards: number
  gbitPerSecond: number
  dollarsPerHour: number
  /** Dollars per million of deliveries. */
  perMillion: Prices
}

interface Needed {
  cpu: number
  memory: number
  storm: number
}

interface Database {
  postgresVcpus: number
  primaries: number
  /** For a year's messages. */
  partitions: number
  gibADay: number
}
