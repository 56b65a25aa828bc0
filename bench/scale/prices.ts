/** Prices are what a plan costs, by the hour and by the million of delivered messages. */
import type { Constants } from './constants.ts'
import { RULES } from './rules.ts'

export function priceMachines({ nodes, redisShards, postgresVcpus }: Machines): number {
  return (
    nodes * priceOf(1, RULES.nodeGib) +
    // A replica of each shard, and a standby of each primary.
    2 * redisShards * priceOf(1, 1) +
    2 * priceOf(postgresVcpus, postgresVcpus * RULES.gibPerPostgresVcpu)
  )
}

/** Machines are paid all day; what is delivered has its busiest hour only once. */
export function pricePerMillion(
  { messages, deliveries }: Traffic,
  dollarsPerHour: number,
  constants: Constants,
): Prices {
  const millionsPerHour = (deliveries * 3_600) / RULES.peakToMean / 1e6
  const storedGib = (1e6 * (messages / deliveries) * constants.rowBytes) / GIB
  return {
    machines: dollarsPerHour / millionsPerHour,
    traffic: ((1e6 * constants.deliveryBytes) / GIB) * RULES.dollarsPerEgressGib,
    // On a primary and its standby.
    storedForAYear: 2 * storedGib * 12 * RULES.dollarsPerStoredGibMonth,
  }
}

function priceOf(vcpus: number, gib: number): number {
  return vcpus * RULES.dollarsPerVcpu + gib * RULES.dollarsPerGib
}

const GIB = 2 ** 30

// --- types ---

export interface Prices {
  machines: number
  traffic: number
  storedForAYear: number
}

interface Machines {
  nodes: number
  redisShards: number
  postgresVcpus: number
}

interface Traffic {
  messages: number
  deliveries: number
}
