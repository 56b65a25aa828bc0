/** The Redis of the tests: real servers of their own on the loopback, which they may kill; alone, or three as a cluster. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { findFreePort } from '../../scripts/free-port.ts'
import { findRedisServer } from '../../scripts/redis-server.ts'

/** Starts a server on a free port that keeps nothing over a restart. */
export async function startRedis(): Promise<RedisProcess> {
  const server = new RedisProcess(await findFreePort(), await mkdtemp(join(tmpdir(), 'parlor-redis-')))
  await server.start()
  return server
}

/** Starts three masters, each with a third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const cluster = new RedisCluster()
  for (let count = 0; count < MASTERS; count++) {
    const server = await cluster.add()
    const [from, to] = [count, count + 1].map((third) => Math.ceil((SLOTS / MASTERS) * third))
    await server.run('CLUSTER', 'ADDSLOTSRANGE', String(from), String(Number(to) - 1))
  }
  await cluster.settled()
  return cluster
}

/** A redis-server. It never outlives this process. */
export class RedisProcess {
  readonly port: number
  readonly #folder: string
  readonly #settings: readonly string[]
  readonly #endWithUs = () => this.#child?.kill('SIGKILL')
  #child: ChildProcess | undefined

  constructor(port: number, folder: string, settings: readonly string[] = []) {
    this.port = port
    this.#folder = folder
    this.#settings = settings
    process.once('exit', this.#endWithUs)
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('Redis is not running.')
    return this.#child.pid
  }

  /** Starts it, or starts it again, and waits until it answers. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder]
    const forgetful = ['--save', '', '--appendonly', 'no']
    const path = findRedisServer()
    if (!path) throw new Error('There is no redis-server: `node scripts/ensure-redis.ts` says what to install.')
    const child = spawn(path, [...place, ...forgetful, ...this.#settings], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    const lines: string[] = []
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    // It is read to its end: a server that nobody listens to would stop at a full pipe.
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      if (line.includes('Ready to accept connections')) resolve()
    })
    child.once('close', () => reject(new Error(`redis-server ended:\n${lines.join('\n')}`)))
    await ready
  }

  /** Runs one command, on a connection of its own. */
  async run(...command: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } })
    client.on('error', () => {})
    await client.connect()
    try {
      return await client.sendCommand(command)
    } finally {
      client.destroy()
    }
  }

  /** Sends it a signal, as SIGSTOP and SIGCONT are. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** `kill -9`: every connection ends, and whatever it knew is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await this.kill()
    process.off('exit', this.#endWithUs)
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Three masters on the loopback. */
export class RedisCluster {
  readonly servers: RedisProcess[] = []

  /** Starts one more server, that the others get to know. */
  async add(): Promise<RedisProcess> {
    const busPort = await findFreePort()
    const folder = await mkdtemp(join(tmpdir(), 'parlor-redis-'))
    const isCluster = [
      '--repl-diskless-sync-delay',
      '0',
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(busPort),
      '--cluster-node-timeout',
      '2000',
    ]
    const server = new RedisProcess(await findFreePort(), folder, isCluster)
    await server.start()
    for (const other of this.servers)
      await other.run('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort))
    this.servers.push(server)
    return server
  }

  /** Starts a server that takes the place of this one when it is gone. */
  async addReplica(master: RedisProcess): Promise<RedisProcess> {
    const replica = await this.add()
    await this.settled()
    await replica.run('CLUSTER', 'REPLICATE', String(await master.run('CLUSTER', 'MYID')))
    while (!String(await replica.run('INFO', 'replication')).includes('master_link_status:up')) await delay(50)
    // The others let it stand for election only when they have heard whose replica it is.
    const id = String(await replica.run('CLUSTER', 'MYID'))
    for (const server of this.servers)
      while (!new RegExp(`^${id} .*slave`, 'm').test(String(await server.run('CLUSTER', 'NODES')))) await delay(50)
    return replica
  }

  /** Waits until every server knows of all slots and all others. */
  async settled(): Promise<void> {
    for (const server of this.servers) {
      for (;;) {
        const info = String(await server.run('CLUSTER', 'INFO'))
        if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${this.servers.length}`)) break
        await delay(50)
      }
    }
  }

  /** Gives a slot to another server, as a resharding does. */
  async moveSlot(slot: number, to: RedisProcess): Promise<void> {
    const id = String(await to.run('CLUSTER', 'MYID'))
    // The new owner first: it makes the change newer than what the others know.
    for (const server of [to, ...this.servers.filter((server) => server !== to)])
      await server.run('CLUSTER', 'SETSLOT', String(slot), 'NODE', id)
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop()
  }
}

const MASTERS = 3
const SLOTS = 16_384
