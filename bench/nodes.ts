/**
 * `npm run bench:scale`: what a delivery and a message cost with one, two and three nodes on one PostgreSQL and one Redis,
 * the numbers of nodes taking turns: where every node brings a load of its own, and where the load stays as it is. And how
 * many messages a second PostgreSQL takes durably. With `--report` it writes its page.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PostgresServer } from '../tests/support/postgres.ts'
import { startRedis } from '../tests/support/redis.ts'
import { describeMachine, describeRun } from '../tests/support/results.ts'
import { formatTable } from '../tests/support/text-table.ts'
import { type Cost, ManyNodes, type People } from './many-nodes.ts'
import { summarize } from './statistics.ts'
import { measureStore } from './store-rate.ts'

const PAGE = join(import.meta.dirname, '..', 'docs', 'results', 'nodes.md')
const COMMAND = 'npm run bench:scale --'
const NODES = [1, 2, 3]
/** For a delivery's cost, times that of one node. */
const ALLOWED = 1.15

/** At rates that three nodes and everything else can do on two CPUs. */
const LOADS: readonly Load[] = [
  { name: 'a room of 300 for each', of: (n) => ({ rooms: n, members: 300, sendersPerRoom: 10, rate: 30 * n }) },
  { name: '60 rooms of 10 for each', of: (n) => ({ rooms: 60 * n, members: 10, sendersPerRoom: 1, rate: 400 * n }) },
  { name: '100 rooms of 1 for each', of: (n) => ({ rooms: 100 * n, members: 1, sendersPerRoom: 1, rate: 1_000 * n }) },
  { name: 'a room of 900 in all', of: () => ({ rooms: 1, members: 900, sendersPerRoom: 10, rate: 30 }) },
  { name: '90 rooms of 10 in all', of: () => ({ rooms: 90, members: 10, sendersPerRoom: 1, rate: 600 }) },
  { name: '100 rooms of 1 in all', of: () => ({ rooms: 100, members: 1, sendersPerRoom: 1, rate: 2_000 }) },
]

const HEAD = [
  ...['load', 'nodes', 'messages/s', 'deliveries/s', 'CPU of the nodes, µs a delivery', 'times one node'],
  ...['deliveries per CPU second', 'PostgreSQL, µs a message', 'Redis, µs a message', 'p99, ms'],
]

/** Messages a second, for what PostgreSQL takes through sockets. */
const RATES = [10_000, 12_000, 14_000, 16_000, 18_000, 20_000, 22_000, 24_000]
const SENDERS: People = { rooms: 100, members: 1, sendersPerRoom: 1 }

const { values: options } = parseArgs({
  options: {
    report: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
  },
})
const [rounds, measureMs] = [Number(options.rounds), Number(options.seconds) * 1_000]
const postgres = await PostgresServer.start()
const redis = await startRedis()
const costs = new Map<string, Cost[]>()
const acked = new Map<string, Acked[]>()
try {
  for (let round = 1; round <= rounds; round++) {
    const at = `round ${round} of ${rounds}`
    for (const load of LOADS)
      for (const nodes of NODES) {
        const cost = await measure(load, nodes)
        note(costs, `${load.name}, ${nodes}`, cost)
        console.log(`${at}, ${load.name}, ${nodes} nodes: ${describe(cost)}`)
      }
    for (const [name, found] of await measureAcked()) {
      note(acked, name, found)
      console.log(`${at}, acked, ${name}: ${count(found.perSecond)} a second, p99 ${found.p99.toFixed(0)} ms`)
    }
  }
} finally {
  await redis.stop()
  await postgres.stop()
}
finish()
process.exit(0)

async function measure(load: Load, nodes: number): Promise<Cost> {
  const { rate, ...people } = load.of(nodes)
  const service = await ManyNodes.start(nodes, { postgres, redis }, people)
  try {
    return await service.measure(rate, measureMs)
  } finally {
    await service.stop()
  }
}

/** Durably, of 100 rooms: by the store alone, and by one and two nodes with a connection to each room. */
async function measureAcked(): Promise<[string, Acked][]> {
  const url = await postgres.createDatabase()
  const found: [string, Acked][] = [
    ['the store alone, 1,000 messages under way', await measureStore(url, { rooms: 100, underWay: 1_000, measureMs })],
  ]
  for (const nodes of [1, 2]) {
    const service = await ManyNodes.start(nodes, { postgres, redis }, SENDERS)
    try {
      const most = await service.findMostAcked(RATES, measureMs)
      found.push([`${nodes} node${nodes > 1 ? 's' : ''}, through sockets`, most])
    } finally {
      await service.stop()
    }
  }
  return found
}

function finish(): void {
  const rows = LOADS.flatMap(({ name, of }) =>
    NODES.map((nodes) => {
      const median = (read: (one: Cost) => number) => summarize((costs.get(`${name}, ${nodes}`) ?? []).map(read)).median
      const us = median(({ deliveryUs }) => deliveryUs)
      const { rate, members } = of(nodes)
      return {
        nodes,
        times: us / summarize((costs.get(`${name}, 1`) ?? []).map(({ deliveryUs }) => deliveryUs)).median,
        cells: [name, String(nodes), count(rate), count(rate * members), us.toFixed(1)],
        more: [
          ...[count(1e6 / us), median(({ postgresUs }) => postgresUs).toFixed(0)],
          ...[median(({ redisUs }) => redisUs).toFixed(0), median(({ p99 }) => p99).toFixed(0)],
        ],
      }
    }),
  )
  const own = rows.slice(0, rows.length / 2).filter(({ nodes }) => nodes > 1)
  const most = Math.max(...own.map(({ times }) => times))
  const rates = [...acked].map(([name, found]) => [
    name,
    count(summarize(found.map(({ perSecond }) => perSecond)).median),
    summarize(found.map(({ p99 }) => p99)).median.toFixed(0),
  ])
  const lines = [
    ...formatTable(
      HEAD,
      rows.map(({ cells, times, more }) => [...cells, times.toFixed(2), ...more]),
    ),
    '',
    ...formatTable(['100 rooms on PostgreSQL', 'acked messages a second', 'p99, ms'], rates),
  ]
  const verdict = `bench:scale: with a load of its own for each node, a delivery costs at most ${most.toFixed(2)} times that of one node (${ALLOWED} allowed)`
  console.log(['', ...lines, '', verdict].join('\n'))
  if (!options.report) return
  writeFileSync(PAGE, page(lines, verdict))
  console.log('Written: docs/results/nodes.md')
}

function page(lines: readonly string[], verdict: string): string {
  return `# One, two and three nodes

${describeRun(COMMAND)} ${describeMachine()}. ${rounds} rounds of ${measureMs / 1_000} s; medians.

${lines.join('\n')}

\`${verdict}\`

CPU is that of all nodes together, by user and system time; PostgreSQL's and Redis's are for each message sent. Connections of a room take turns with the nodes, so every room of several people is on every node, the dearest case: nobody is sent to the node where their room is. A message is then published once, and every other node reads and encodes it once, whatever the number of its connections there.

Where each node brings a load of its own, as when a service grows, a delivery costs what it costs on one node. Where the same load is spread over more nodes, each of them has less to put into a commit, a publication and a turn of its sockets, and whatever those cost once is shared by fewer messages: a quiet node is a dear one, and that is no reason to have fewer, since it is quiet.

The rates of acked messages are through connections that send and wait for nothing; the highest of ${RATES.map((rate) => count(rate)).join(', ')} at which at least 98 % were answered in time. Everything, the load and PostgreSQL included, is on the same two CPUs: latencies say little, and a node more adds no CPU.
`
}

function describe({ deliveryUs, postgresUs, redisUs, p99 }: Cost): string {
  const us = { delivery: deliveryUs, PostgreSQL: postgresUs, Redis: redisUs }
  const parts = Object.entries(us).map(([name, value]) => `${name} ${value.toFixed(1)} µs`)
  return `${parts.join(', ')}, p99 ${p99.toFixed(0)} ms`
}

function note<T>(found: Map<string, T[]>, name: string, one: T): void {
  found.set(name, [...(found.get(name) ?? []), one])
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

// --- types ---

interface Load {
  name: string
  of(nodes: number): People & {
    /** Messages a second. */
    rate: number
  }
}

interface Acked {
  perSecond: number
  p99: number
}
