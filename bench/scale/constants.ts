/** Constants are what one of everything costs: measured by the benchmarks, or assumed until one measures it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `npm run bench` left in docs/results, and what was measured of many nodes, where there is that. */
export function readResults(root: string): Results {
  const read = (name: string) => JSON.parse(readFileSync(join(root, RESULTS, name), 'utf8'))
  return {
    bench: read('bench.json') as Bench,
    cluster: existsSync(join(root, RESULTS, CLUSTER)) ? (read(CLUSTER) as Cluster) : undefined,
  }
}

/** Every constant with its value and where that is from. A result that lacks one is an error: a plan of nothing says nothing. */
export function findConstants(results: Results): Found {
  const { cluster } = results
  const measured = Object.entries(MEASURED).map(([name, { unit, what, from, read }]): Constant => {
    const value = read((workload, key) => readMeasured(results, workload, key))
    if (!(value > 0)) throw new Error(`docs/results/bench.json: ${name} comes to ${value} by ${from}`)
    return { name, value, unit, what, from: `measured: ${from}` }
  })
  const unknown = Object.keys(cluster?.constants ?? {}).filter((name) => !(name in ASSUMED))
  if (unknown.length > 0) throw new Error(`docs/results/${CLUSTER}: no plan asks for ${unknown.join(', ')}`)
  const assumed = Object.entries(ASSUMED).map(([name, { value, unit, what, why }]): Constant => {
    const found = cluster?.constants[name as AssumedName]
    return found === undefined
      ? { name, value, unit, what, from: `assumed: ${why}` }
      : { name, value: found.value, unit, what, from: `measured: ${found.from}` }
  })
  const list = [...measured, ...assumed]
  return { list, values: Object.fromEntries(list.map(({ name, value }) => [name, value])) as unknown as Constants }
}

/** One median of Parlor. */
export function readMeasured({ bench }: Results, workload: string, key: string): number {
  const value = bench.medians[workload]?.parlor?.[key]
  if (value === undefined) throw new Error(`docs/results/bench.json: no ${key} of Parlor in ${workload}`)
  return value
}

/**
 * W1 (rooms of 1,000) and W2 (rooms of 10) are two sums of the same two costs: what a message costs once, and what it
 * costs for each socket. Both run at rates at which nearly every delivery is a write of its own, the dearest case.
 */
const messageUs = (read: Read): number =>
  (read('W2', 'usPerDelivery') - read('W1', 'usPerDelivery')) / (1 / W2_MEMBERS - 1 / W1_MEMBERS)

const W1_MEMBERS = 1_000
const W2_MEMBERS = 10

const MEASURED: Record<MeasuredName, Measured> = {
  messageUs: {
    unit: 'µs',
    what: 'CPU of a message on its sender’s node: read, check, store, answer, encode',
    from: 'W1 and W2, solved for the message',
    read: messageUs,
  },
  writeUs: {
    unit: 'µs',
    what: 'CPU of one delivery: a socket write of its own',
    from: 'W1 and W2, solved for the delivery',
    read: (read) => read('W1', 'usPerDelivery') - messageUs(read) / W1_MEMBERS,
  },
  connectUs: {
    unit: 'µs',
    what: 'CPU of a connection that comes and resumes a room',
    from: 'W5',
    read: (read) => 1e6 / read('W5', 'connectsPerCpuSecond'),
  },
  connectionKib: {
    unit: 'KiB',
    what: 'memory of an idle connection',
    from: 'W4',
    read: (r) => r('W4', 'kibPerConnection'),
  },
  processMib: { unit: 'MiB', what: 'memory of a process without any', from: 'idle', read: (r) => r('idle', 'idleMiB') },
}

const ASSUMED: Record<AssumedName, Assumed> = {
  publishUs: {
    value: 60,
    unit: 'µs',
    what: 'CPU of a node for one publish',
    why: 'a JSON of 450 bytes and a share of a write',
  },
  receiveUs: {
    value: 40,
    unit: 'µs',
    what: 'CPU of a node for one change that it receives: parse, order, encode for its sockets',
    why: 'a quarter of what a whole message costs',
  },
  headUs: {
    value: 4,
    unit: 'µs',
    what: 'CPU of a node for one head that it asks the database for',
    why: 'a row of a result of thousands',
  },
  redisPublishUs: {
    value: 6,
    unit: 'µs',
    what: 'CPU of Redis for one publish',
    why: 'some 150,000 commands a second of one core',
  },
  redisReceiverUs: {
    value: 5,
    unit: 'µs',
    what: 'CPU of Redis for each node that a publish reaches',
    why: 'one socket write each, the dearest case',
  },
  postgresCommitUs: {
    value: 1_700,
    unit: 'µs',
    what: 'CPU of PostgreSQL for one commit of a node, whatever is in it',
    why: 'a dozen statements that are planned each time',
  },
  postgresMessageUs: {
    value: 65,
    unit: 'µs',
    what: 'CPU of PostgreSQL for one message in it',
    why: '15,000 a second of one core',
  },
  postgresHeadUs: {
    value: 1.5,
    unit: 'µs',
    what: 'CPU of PostgreSQL for one head in a check of many',
    why: 'an index entry of one of thousands',
  },
  postgresReadUs: {
    value: 1_300,
    unit: 'µs',
    what: 'CPU of PostgreSQL for one read of a room that somebody comes back to',
    why: 'a dozen statements that are planned each time',
  },
  postgresReadMs: {
    value: 10,
    unit: 'ms',
    what: 'time of such a read on a busy database',
    why: 'some times its CPU, and its way',
  },
  commitsPerSecond: {
    value: 10_000,
    unit: '/s',
    what: 'commits of one PostgreSQL primary',
    why: 'syncs of 1 ms that ten commits share',
  },
  refusalUs: {
    value: 100,
    unit: 'µs',
    what: 'CPU of a connection that is refused at the upgrade',
    why: 'a TCP connection and one HTTP answer',
  },
  kernelKib: {
    value: 6,
    unit: 'KiB',
    what: 'kernel memory of a socket, which the process’s own doesn’t show',
    why: 'an idle TCP socket’s structures',
  },
  roomKib: {
    value: 3,
    unit: 'KiB',
    what: 'memory of a room that somebody on the node follows',
    why: 'its feed and its subscription',
  },
  deliveryBytes: {
    value: 400,
    unit: 'bytes',
    what: 'a delivery on the wire, uncompressed',
    why: 'a text of 120 bytes with its row, as the benchmark’s page says',
  },
  rowBytes: {
    value: 500,
    unit: 'bytes',
    what: 'a stored message with its indexes',
    why: 'a text of 120 bytes with its row and three indexes',
  },
}

const RESULTS = 'docs/results'
const CLUSTER = 'bench-scale.json'

// --- types ---

export type Constants = Readonly<Record<MeasuredName | AssumedName, number>>

export interface Found {
  values: Constants
  list: readonly Constant[]
}

export interface Constant {
  name: string
  value: number
  unit: string
  what: string
  /** Measured by which workload, or assumed why. */
  from: string
}

export interface Results {
  bench: Bench
  cluster: Cluster | undefined
}

/** docs/results/bench.json: medians by workload, subject and value. */
interface Bench {
  command: string
  date: string
  commit: string
  medians: Record<string, Record<string, Record<string, number>>>
}

/** docs/results/bench-scale.json: what was measured of many nodes replaces what is assumed, under the same name. */
export interface Cluster {
  /** How each command came to its numbers, in a sentence. */
  runs: Record<string, string>
  /** `from`: the command. */
  constants: Partial<Record<AssumedName, { value: number; from: string }>>
}

type Read = (workload: string, key: string) => number

type MeasuredName = 'messageUs' | 'writeUs' | 'connectUs' | 'connectionKib' | 'processMib'

type AssumedName =
  | 'publishUs'
  | 'receiveUs'
  | 'headUs'
  | 'redisPublishUs'
  | 'redisReceiverUs'
  | 'postgresCommitUs'
  | 'postgresMessageUs'
  | 'postgresHeadUs'
  | 'postgresReadUs'
  | 'postgresReadMs'
  | 'commitsPerSecond'
  | 'refusalUs'
  | 'kernelKib'
  | 'roomKib'
  | 'deliveryBytes'
  | 'rowBytes'

interface Measured {
  unit: string
  what: string
  from: string
  read(read: Read): number
}

interface Assumed {
  value: number
  unit: string
  what: string
  why: string
}
