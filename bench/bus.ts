/**
 * `npm run bench:bus`: what it costs Redis and the nodes that a change is told to other nodes. Real buses in processes of
 * their own, one that publishes and some that receive; with `--report` the plans of docs/scale.md take the numbers.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RedisProcess, startRedis } from '../tests/support/redis.ts'
import type { Load, Spent } from './bus-node.ts'
import { report } from './cluster-results.ts'

const ROUNDS = 5
/** Two numbers of receivers: what Redis spends on a publish and on each of its receivers follows from both. */
const [FEW, MANY] = [1, 5]
const LOAD: Load = { rooms: 200, rate: 2_000, warmMs: 1_000, measureMs: 4_000 }

const { values: options } = parseArgs({ options: { report: { type: 'boolean', default: false } } })
const redis = await startRedis()
const rounds: Record<string, number>[] = []
try {
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await measureRound())
    console.log(`round ${round + 1} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1))}`)
  }
} finally {
  await redis.stop()
}
report('npm run bench:bus', rounds, options.report)

async function measureRound(): Promise<Record<string, number>> {
  const few = await measure(FEW)
  const many = await measure(MANY)
  const redisReceiverUs = (many.redisUs - few.redisUs) / (MANY - FEW)
  const redisPublishUs = few.redisUs - FEW * redisReceiverUs
  return { publishUs: few.publishUs, receiveUs: few.receiveUs, redisPublishUs, redisReceiverUs }
}

/** One load, told to so many others. Everybody's CPU, for one publish and for one change received. */
async function measure(receivers: number): Promise<Measured> {
  const nodes = Array.from({ length: 1 + receivers }, (_, at) => startNode(redis, at === 0 ? 'publish' : 'receive'))
  const [publisher, ...others] = nodes as [ChildProcess, ...ChildProcess[]]
  try {
    await Promise.all(nodes.map((node) => hear(node, 'started')))
    await Promise.all(others.map((other) => ask(other, LOAD, 'ready')))
    await ask(publisher, LOAD, 'warm')
    const before = await readRedisUs(redis)
    const published = await hear(publisher, 'spent')
    const redisUs = ((await readRedisUs(redis)) - before) / published.count
    const received = await Promise.all(others.map((other) => ask(other, 'end', 'spent')))
    if (received.some(({ missed }) => missed > 0)) throw new Error('a receiver missed something')
    const receiveUs = received.reduce((sum, { us, count }) => sum + us / count, 0) / receivers
    return { redisUs, publishUs: published.us / published.count, receiveUs }
  } finally {
    for (const node of nodes) node.kill()
  }
}

function startNode({ url }: RedisProcess, role: 'publish' | 'receive'): ChildProcess {
  return fork(join(import.meta.dirname, 'bus-node.ts'), [role, url])
}

async function ask(node: ChildProcess, message: Load | 'end', wanted: string): Promise<Spent> {
  const answered = hear(node, wanted)
  node.send(message)
  return answered
}

/** Waits for one kind of message of a node. A node that ends instead ends the benchmark. */
function hear(node: ChildProcess, wanted: string): Promise<Spent> {
  return new Promise((resolve, reject) => {
    const end = (code: number | null): void => reject(new Error(`a node ended with ${code}`))
    const take = (message: Spent & { type: string }): void => {
      if (message.type !== wanted) return
      node.off('exit', end).off('message', take)
      resolve(message)
    }
    node.once('exit', end).on('message', take)
  })
}

/** CPU that Redis took so far, by its own account: in µs, where the kernel's is in ticks of 10 ms. */
async function readRedisUs(server: RedisProcess): Promise<number> {
  const text = String(await server.run('INFO', 'cpu'))
  const read = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
  return (read('used_cpu_sys') + read('used_cpu_user')) * 1e6
}

// --- types ---

interface Measured {
  redisUs: number
  publishUs: number
  receiveUs: number
}
