/** ManyNodes is a service of so many nodes on one PostgreSQL and one Redis, new but for those two, and a crowd on it. */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { PostgresServer } from '../tests/support/postgres.ts'
import type { JoinResult, LoadResult } from './crowd.ts'
import { ask, forkGenerator } from './lab.ts'
import { readCpu } from './process-tree.ts'
import { ServerProcess } from './server-process.ts'

export class ManyNodes {
  readonly #stores: Stores
  readonly #servers: ServerProcess[] = []
  readonly #generator: ChildProcess

  private constructor(stores: Stores) {
    this.#stores = stores
    this.#generator = forkGenerator()
  }

  /** Resolves when everybody is in. Connections of a room take turns with the nodes. */
  static async start(nodes: number, stores: Stores, { rooms, members, sendersPerRoom }: People): Promise<ManyNodes> {
    const service = new ManyNodes(stores)
    try {
      const secret = randomBytes(32).toString('base64')
      const env = { PARLOR_DATABASE_URL: await stores.postgres.createDatabase(), REDIS_URL: stores.redis.url }
      const root = join(import.meta.dirname, '..')
      for (let at = 0; at < nodes; at++)
        service.#servers.push(await ServerProcess.start('parlor', { root, secret, env }))
      const ports = service.#servers.map(({ port }) => port)
      const serverPids = service.#servers.map(({ pid }) => pid)
      const crowd = {
        peer: 'parlor',
        ports,
        serverPids,
        secret,
        concurrency: 32,
        rooms,
        members,
        sendersPerRoom,
      } as const
      await ask<JoinResult>(service.#generator, { join: crowd })
      return service
    } catch (error) {
      await service.stop()
      throw error
    }
  }

  /** Messages at a rate, after the code that they take was compiled; and what each has cost everybody, in µs of CPU. */
  async measure(rate: number, measureMs: number): Promise<Cost> {
    await this.#run(rate, 2_000)
    const { postgres, redis } = this.#stores
    const before = [readCpu(postgres.pid), readCpu(redis.pid)]
    const result = await this.#run(rate, measureMs)
    const after = [readCpu(postgres.pid), readCpu(redis.pid)]
    const { missing, skipped, repeated, problems, problemCount, deliveries, p99 } = result
    if (missing + skipped + repeated + problemCount > 0) {
      const wrong = JSON.stringify({ missing, skipped, repeated, problems })
      throw new Error(`a delivery was lost, doubled or out of order: ${wrong}`)
    }
    const [postgresUs = 0, redisUs = 0] = [0, 1].map((at) => usBetween(before[at], after[at]) / result.sent)
    const deliveryUs = ((result.userMs + result.systemMs) * 1_000) / deliveries
    return { deliveryUs, postgresUs, redisUs, p99 }
  }

  /** The most messages a second, of these rates, of which 98 % are acked within the time and all in the end. */
  async findMostAcked(rates: readonly number[], measureMs: number): Promise<{ perSecond: number; p99: number }> {
    let most = { perSecond: 0, p99: Number.NaN }
    for (const rate of rates) {
      const { acks, missing, unanswered, seconds, ackP99 } = await this.#run(rate, measureMs)
      if (missing + unanswered > 0 || acks < rate * seconds * 0.98) break
      most = { perSecond: acks / seconds, p99: ackP99 }
    }
    return most
  }

  async stop(): Promise<void> {
    this.#generator.kill('SIGKILL')
    for (const server of this.#servers) await server.stop()
  }

  #run(rate: number, measureMs: number): Promise<LoadResult> {
    return ask<LoadResult>(this.#generator, { run: { rate, warmMs: 500, measureMs } })
  }
}

function usBetween(before: Cpu | undefined, after: Cpu | undefined): number {
  if (!before || !after) return Number.NaN
  return (after.userMs + after.systemMs - before.userMs - before.systemMs) * 1_000
}

// --- types ---

type Cpu = ReturnType<typeof readCpu>

interface Stores {
  postgres: PostgresServer
  redis: { url: string; pid: number }
}

export interface People {
  rooms: number
  members: number
  sendersPerRoom: number
}

export interface Cost {
  /** Of all nodes, for each delivery. */
  deliveryUs: number
  /** For each message sent. */
  postgresUs: number
  redisUs: number
  /** Of a delivery, in ms. */
  p99: number
}
