/** Cluster: three services on one PostgreSQL and one Redis, behind a balancer that sends every connection to another of them. */
import type { Control } from '@parlor/verify'
import { mintChatToken, mintServerToken } from '../../conformance/tokens.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { onInterrupt } from '../../support/interrupts.ts'
import { PostgresServer } from '../../support/postgres.ts'
import { type RedisProcess, startRedis } from '../../support/redis.ts'
import type { Deployment } from '../campaign/fault-kind.ts'
import { SECRET } from '../campaign/unit.ts'
import { ClusterNode } from './cluster-node.ts'

export class Cluster implements Deployment {
  readonly redis: RedisProcess
  /** The database that all nodes have. */
  readonly database: string
  readonly nodes: readonly ClusterNode[]
  /** The balancer: no connection is bound to a node, and nothing is sent to one that is known to be gone. */
  readonly front: FaultProxy
  /** Where the balancer sends everybody while it is reachable; undefined: to one after the other. */
  preferred: ClusterNode | undefined
  #postgres: PostgresServer
  #standby: { server: PostgresServer; line: FaultProxy } | undefined
  readonly #forget = onInterrupt(() => this.close())

  private constructor(parts: Pick<Cluster, 'postgres' | 'redis' | 'database' | 'nodes' | 'front'>) {
    this.#postgres = parts.postgres
    this.redis = parts.redis
    this.database = parts.database
    this.nodes = parts.nodes
    this.front = parts.front
  }

  /** Resolves when every node is ready. */
  static async start({ env = {} }: { env?: Record<string, string> } = {}): Promise<Cluster> {
    const [postgres, redis] = await Promise.all([PostgresServer.start(), startRedis()])
    const database = new URL(await postgres.createDatabase()).pathname
    const nodes = await Promise.all(
      Array.from({ length: NODES }, () =>
        ClusterNode.create({ postgresPort: postgres.port, redisPort: redis.port, database, env }),
      ),
    )
    let turn = 0
    const front = await startFaultProxy(() => {
      const running = nodes.filter(({ isReachable }) => isReachable)
      const preferred = running.find((node) => node === cluster.preferred)
      return (preferred ?? running[turn++ % running.length] ?? nodes[0])?.port ?? 0
    })
    const cluster: Cluster = new Cluster({ postgres, redis, database, nodes, front })
    try {
      await Promise.all(nodes.map((node) => node.start()))
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /** The server that takes writes. */
  get postgres(): PostgresServer {
    return this.#postgres
  }

  /** A server that follows it; to be started before anybody works. */
  async startStandby(): Promise<void> {
    const line = await startFaultProxy(this.#postgres.port)
    this.#standby = { line, server: await this.#postgres.startStandby(line.port) }
  }

  /** By which the standby hears of what is committed. */
  get standbyLine(): FaultProxy {
    if (!this.#standby) throw new Error('There is no standby.')
    return this.#standby.line
  }

  /** The server that takes writes is gone, and the standby takes its place, with what it has. */
  async failOver(): Promise<void> {
    if (!this.#standby) throw new Error('There is no standby.')
    const [gone, { server: standby, line }] = [this.#postgres, this.#standby]
    await gone.kill()
    await line.close()
    await standby.promote()
    this.#postgres = standby
    this.#standby = undefined
    for (const { toPostgres } of this.nodes) toPostgres.retarget(standby.port)
    await gone.stop()
  }

  get url(): string {
    return this.front.url
  }

  /** Through the balancer too: which of the nodes can be asked changes. */
  get directUrl(): string {
    return this.front.url
  }

  /** The address of the database around every proxy. */
  get postgresUrl(): string {
    return this.postgres.url(this.database.slice(1))
  }

  node(random: number): ClusterNode {
    return this.nodes[Math.floor(random * this.nodes.length)] as ClusterNode
  }

  /** Every room's newest number, as the database has it. */
  async readHeads(): Promise<Map<string, number>> {
    const rows = await this.postgres.query('SELECT id, head::int FROM parlor.rooms', this.postgresUrl)
    return new Map(rows.map(({ id, head }) => [String(id), Number(head)]))
  }

  /** PostgreSQL has less than before, and takes writes: lets everybody at it, and gives the heads of its rooms. */
  async admitAfterLoss(control: Control): Promise<Map<string, number>> {
    // The judge takes a connection for one of before or of after: nobody's goes through it.
    this.front.cut('reset')
    const heads = await this.readHeads()
    control.restored(Object.fromEntries(control.rooms.map((roomId) => [roomId, heads.get(roomId) ?? 0])))
    this.heal()
    this.front.pass()
    return heads
  }

  chatToken({ id, name }: { id: string; name: string }): string {
    return mintChatToken(id, { secret: SECRET, claims: { name }, now: Date.now() })
  }

  serverToken(): string {
    return mintServerToken({ secret: SECRET, now: Date.now() })
  }

  lastLines(count: number): string[] {
    return this.nodes.flatMap((node) => node.lastLines(count))
  }

  heal(): void {
    for (const { toPostgres, toRedis } of this.nodes) {
      toPostgres.pass()
      toRedis.pass()
    }
  }

  async close(): Promise<void> {
    this.#forget()
    await Promise.all(this.nodes.map((node) => node.close()))
    await this.front.close()
    await this.redis.stop()
    await this.#standby?.line.close()
    await this.#standby?.server.stop()
    await this.#postgres.stop()
  }
}

const NODES = 3
