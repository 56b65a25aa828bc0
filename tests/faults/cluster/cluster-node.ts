/** ClusterNode: one service of a cluster, with a network of its own to PostgreSQL and to Redis. */
import { findFreePort } from '../../../scripts/free-port.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { type Exit, type Program, startParlor } from '../../support/processes.ts'
import { GENEROUS, SECRET } from '../campaign/unit.ts'

export class ClusterNode {
  readonly port: number
  readonly toPostgres: FaultProxy
  readonly toRedis: FaultProxy
  readonly #database: string
  readonly #env: Record<string, string>
  #program: Program | undefined
  #isReady = false

  private constructor(
    parts: Pick<ClusterNode, 'port' | 'toPostgres' | 'toRedis'> & Pick<NodeOptions, 'database' | 'env'>,
  ) {
    this.port = parts.port
    this.toPostgres = parts.toPostgres
    this.toRedis = parts.toRedis
    this.#database = parts.database
    this.#env = parts.env
  }

  static async create({ postgresPort, redisPort, ...options }: NodeOptions): Promise<ClusterNode> {
    const [port, toPostgres, toRedis] = await Promise.all([
      findFreePort(),
      startFaultProxy(postgresPort),
      startFaultProxy(redisPort),
    ])
    return new ClusterNode({ port, toPostgres, toRedis, ...options })
  }

  /** Whether a balancer would send somebody here. */
  get isReachable(): boolean {
    return this.#isReady && this.#program?.isRunning === true
  }

  get program(): Program {
    if (!this.#program) throw new Error('The node was never started.')
    return this.#program
  }

  /** Starts it, or starts it again, and waits until it is ready. */
  async start(): Promise<void> {
    this.#program = await startParlor({
      port: this.port,
      database: '',
      secret: SECRET,
      env: {
        ...GENEROUS,
        PARLOR_DATABASE_URL: `postgres://parlor@127.0.0.1:${this.toPostgres.port}${this.#database}`,
        REDIS_URL: `redis://127.0.0.1:${this.toRedis.port}`,
        ...this.#env,
      },
    })
    this.#isReady = true
  }

  /** Connections on it now. */
  countConnections(): Promise<number> {
    return this.readMetric('parlor_connections')
  }

  async readMetric(name: string): Promise<number> {
    const metrics = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1])
  }

  /** `kill -9`. False if it was gone already. */
  async kill(): Promise<boolean> {
    const wasRunning = this.program.isRunning
    this.#isReady = false
    await this.program.kill()
    return wasRunning
  }

  /** Asks it to go, as a platform does: no new connections from now on. */
  async stop(): Promise<Exit> {
    this.#isReady = false
    return this.program.stop()
  }

  lastLines(count: number): string[] {
    return (this.#program?.lines ?? []).slice(-count).map((line) => `${this.port}: ${line}`)
  }

  async close(): Promise<void> {
    await this.#program?.kill()
    await this.toPostgres.close()
    await this.toRedis.close()
  }
}

// --- types ---

interface NodeOptions {
  postgresPort: number
  redisPort: number
  /** With its slash. */
  database: string
  /** Settings that aren't those of the faults' campaign. */
  env: Record<string, string>
}
