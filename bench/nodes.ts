/**
 * `npm run bench:scale`: what a delivery and a message cost with one, two and three nodes on one PostgreSQL and one Redis,
 * the numbers of nodes taking turns; and how many messages a second PostgreSQL takes durably. With `--report` it writes its
 * page, and the plans of docs/scale.md take the numbers.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PostgresServer } from '../tests/support/postgres.ts'
import { startRedis } from '../tests/support/redis.ts'
import { describeMachine, describeRun } from '../tests/support/results.ts'
import { formatTable } from '../tests/support/text-table.ts'
import type { JoinResult, LoadResult } from './crowd.ts'
import { ask } from './lab.ts'
import { readCpu } from './process-tree.ts'
import type { Cluster } from './scale/constants.ts'
import { ServerProcess } from './server-process.ts'
import { summarize } from './statistics.ts'
import { measureStore } from './store-rate.ts'

const ROOT = join(import.meta.dirname, '..')
const PATH = join(ROOT, 'docs', 'results', 'bench-scale.json')
const PAGE = join(ROOT, 'docs', 'results', 'nodes.md')
const COMMAND = 'npm run bench:scale'
const NODES = [1, 2, 3]

/** Rates that three nodes and everything else can do on two CPUs. */
const WORKLOADS: readonly Workload[] = [
  { name: 'one room of 900', rooms: 1, members: 900, sendersPerRoom: 10, rate: 30 },
  { name: '90 rooms of 10, on every node', rooms: 90, members: 10, sendersPerRoom: 1, rate: 600 },
  { name: '100 rooms of 1: sends', rooms: 100, members: 1, sendersPerRoom: 1, rate: 2_000 },
]

const HEAD = [
  ...['load', 'nodes', 'of each', 'CPU of the nodes, µs', 'times one node', 'per CPU second'],
  ...['PostgreSQL, µs a message', 'Redis, µs a message', 'p99, ms'],
]

const { values: options } = parseArgs({
  options: {
    report: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
  },
})
const [rounds, measureMs] = [Number(options.rounds), Number(options.seconds) * 1_000]
const secret = randomBytes(32).toString('base64')
const postgres = await PostgresServer.start()
const redis = await startRedis()
const found = new Map<string, Measured[]>()
try {
  for (let round = 1; round <= rounds; round++)
    for (const workload of WORKLOADS)
      for (const nodes of NODES) {
        const measured = await measure(workload, nodes)
        const key = `${workload.name}, ${nodes}`
        found.set(key, [...(found.get(key) ?? []), measured])
        console.log(`round ${round} of ${rounds}, ${key} node${nodes > 1 ? 's' : ''}: ${describe(measured)}`)
      }
  const stored = await measureStore(await postgres.createDatabase(), { rooms: 100, underWay: 1_000, measureMs })
  finish(stored)
} finally {
  await redis.stop()
  await postgres.stop()
}
process.exit(0)

/** A service of so many nodes, all new but for PostgreSQL and Redis, under one load. */
async function measure(workload: Workload, nodes: number): Promise<Measured> {
  const env = { PARLOR_DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url }
  const servers: ServerProcess[] = []
  let generator: ChildProcess | undefined
  try {
    for (let at = 0; at < nodes; at++) servers.push(await ServerProcess.start('parlor', { root: ROOT, secret, env }))
    generator = fork(join(import.meta.dirname, 'generator.ts'), { execArgv: [], serialization: 'advanced' })
    const { rooms, members, sendersPerRoom, rate } = workload
    const places = { ports: servers.map(({ port }) => port), serverPids: servers.map(({ pid }) => pid) }
    const crowd = { peer: 'parlor', ...places, secret, concurrency: 32, rooms, members, sendersPerRoom } as const
    await ask<JoinResult>(generator, { join: crowd })
    await ask<LoadResult>(generator, { run: { rate, warmMs: 500, measureMs: 1_500 } })
    const before = [readCpu(postgres.pid), readCpu(redis.pid)]
    const result = await ask<LoadResult>(generator, { run: { rate, warmMs: 0, measureMs } })
    const after = [readCpu(postgres.pid), readCpu(redis.pid)]
    const { missing, skipped, repeated, problems, problemCount } = result
    if (missing + skipped + repeated + problemCount > 0) {
      const wrong = JSON.stringify({ missing, skipped, repeated, problems })
      throw new Error(`${workload.name}, ${nodes} nodes: a delivery was lost, doubled or out of order: ${wrong}`)
    }
    const [postgresUs, redisUs] = [0, 1].map((at) => usBetween(before[at], after[at]) / result.sent) as [number, number]
    const nodesUs = (result.userMs + result.systemMs) * 1_000
    return {
      deliveryUs: nodesUs / result.deliveries,
      messageUs: nodesUs / result.acks,
      ...{ postgresUs, redisUs, p99: result.p99, ackP99: result.ackP99 },
    }
  } finally {
    generator?.kill('SIGKILL')
    for (const server of servers) await server.stop()
  }
}

function finish(stored: { perSecond: number; p99: number }): void {
  const rows = WORKLOADS.flatMap(({ name, members }) =>
    NODES.map((nodes) => {
      const runs = found.get(`${name}, ${nodes}`) ?? []
      const of = (read: (one: Measured) => number) => summarize(runs.map(read)).median
      const us = members === 1 ? of(({ messageUs }) => messageUs) : of(({ deliveryUs }) => deliveryUs)
      const alone = (found.get(`${name}, 1`) ?? []).map((one) => (members === 1 ? one.messageUs : one.deliveryUs))
      return [
        ...[name, String(nodes), members === 1 ? 'message' : 'delivery', us.toFixed(2)],
        ...[(us / summarize(alone).median).toFixed(2), Math.round(1e6 / us).toLocaleString('en-US')],
        ...[of(({ postgresUs }) => postgresUs).toFixed(0), of(({ redisUs }) => redisUs).toFixed(0)],
        of(({ p99 }) => p99).toFixed(0),
      ]
    }),
  )
  const large = rows.filter(([name]) => name === WORKLOADS[0]?.name)
  const ratio = Math.max(...large.map(([, , , , times]) => Number(times)))
  const lines = [
    ...formatTable(HEAD, rows),
    '',
    `PostgreSQL alone, 100 rooms, 1,000 messages under way: ${Math.round(stored.perSecond).toLocaleString('en-US')} acked a second, p99 ${stored.p99.toFixed(0)} ms`,
    `bench:scale: a delivery in a large room costs at most ${ratio.toFixed(2)} times that of one node (1.15 allowed)`,
  ]
  console.log(['', ...lines].join('\n'))
  if (!options.report) return
  const run = `${describeRun(`${COMMAND} --`)} ${describeMachine()}.`
  const small = found.get(`${WORKLOADS[2]?.name}, 1`) ?? []
  const postgresMessageUs = summarize(small.map(({ postgresUs }) => postgresUs)).median
  const kept: Partial<Cluster> = existsSync(PATH) ? JSON.parse(readFileSync(PATH, 'utf8')) : {}
  const result: Cluster = {
    runs: { ...kept.runs, [COMMAND]: run },
    constants: {
      ...kept.constants,
      postgresMessageUs: { value: Number(postgresMessageUs.toPrecision(3)), from: COMMAND },
    },
  }
  writeFileSync(PATH, `${JSON.stringify(result, undefined, 2)}\n`)
  writeFileSync(PAGE, page(run, lines))
  console.log('Written: docs/results/bench-scale.json and nodes.md')
}

function page(run: string, lines: readonly string[]): string {
  return `# One, two and three nodes

${run} ${rounds} rounds of ${measureMs / 1_000} s; medians.

${lines.join('\n')}

CPU is that of all nodes together, by user and system time; PostgreSQL's and Redis's are for each message sent. Connections of a room take turns with the nodes, so every room is on every node: nobody is sent to the node where their room is. A message is then published once, and every other node reads and encodes it once, whatever the number of its connections there: a delivery in a large room costs the same on any number of nodes, and one in a room of ten pays a share of it. Everything, the load included, is on the same two CPUs: latencies say little, and a node more adds no CPU.
`
}

function describe({ deliveryUs, messageUs, postgresUs, redisUs, p99 }: Measured): string {
  const us = { delivery: deliveryUs, message: messageUs, PostgreSQL: postgresUs, Redis: redisUs }
  const costs = Object.entries(us).map(([name, value]) => `${name} ${value.toFixed(1)} µs`)
  return `${costs.join(', ')}, p99 ${p99.toFixed(0)} ms`
}

function usBetween(before: Cpu | undefined, after: Cpu | undefined): number {
  if (!before || !after) return Number.NaN
  return (after.userMs + after.systemMs - before.userMs - before.systemMs) * 1_000
}

// --- types ---

type Cpu = ReturnType<typeof readCpu>

interface Workload {
  name: string
  rooms: number
  members: number
  sendersPerRoom: number
  /** Messages a second. */
  rate: number
}

interface Measured {
  /** Of all nodes, for each delivery and for each message acked. */
  deliveryUs: number
  messageUs: number
  /** For each message sent. */
  postgresUs: number
  redisUs: number
  p99: number
  ackP99: number
}
