/** Unit: a real service process behind a fault proxy, on a database file and a port that outlive it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../../scripts/free-port.ts'
import { mintChatToken, mintServerToken } from '../../conformance/tokens.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { onInterrupt } from '../../support/interrupts.ts'
import { type Exit, FASTER_THAN_PEOPLE, type Program, startParlor } from '../../support/processes.ts'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'
import type { Deployment } from './fault-kind.ts'
import type { DeathPoint, Order } from './orders.ts'

export class Unit implements Deployment {
  readonly folder: string
  readonly port: number
  readonly proxy: FaultProxy
  /** How far the clocks of the service and of the app that mints tokens are off. They stand on one machine. */
  shiftMs = 0
  /** The disk under the database, where it is a small one of its own. */
  disk: SmallDisk | undefined
  readonly #options: UnitOptions
  readonly #forget = onInterrupt(() => this.close())
  #program: Program | undefined

  private constructor(folder: string, port: number, proxy: FaultProxy, options: UnitOptions) {
    this.folder = folder
    this.port = port
    this.proxy = proxy
    this.#options = options
  }

  /** Starts the service on a new database in a folder of its own. */
  static async start(options: UnitOptions = {}): Promise<Unit> {
    const folder = await mkdtemp(join(tmpdir(), 'parlor-faults-'))
    const port = await takePort()
    const unit = new Unit(folder, port, await startFaultProxy(port), options)
    try {
      if (options.diskMegabytes !== undefined) unit.disk = mountSmallDisk(folder, options.diskMegabytes)
      await unit.start()
      return unit
    } catch (error) {
      await unit.close()
      throw error
    }
  }

  get url(): string {
    return this.proxy.url
  }

  /** Around the proxy. */
  get directUrl(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get database(): string {
    return join(this.folder, 'parlor.db')
  }

  get program(): Program {
    if (!this.#program) throw new Error('The service was never started.')
    return this.#program
  }

  /** Starts it again on the same file and port, and waits until it is ready. */
  async start(): Promise<void> {
    this.#program = await startParlor({
      port: this.port,
      database: this.database,
      secret: SECRET,
      env: { ...GENEROUS, ...this.#options.env },
      preload: join(import.meta.dirname, 'saboteur.ts'),
    })
    if (this.shiftMs !== 0) await this.order({ do: 'shift clock', ms: this.shiftMs })
  }

  /** `kill -9`. False if it was gone already. */
  async kill(): Promise<boolean> {
    const wasRunning = this.program.isRunning
    await this.program.kill()
    return wasRunning
  }

  stop(): Promise<Exit> {
    return this.program.stop()
  }

  /** Tells the saboteur. The answer is what the service takes for now. */
  async order(order: Order): Promise<number> {
    const { now } = (await this.program.tell({ ...order })) as { now: number }
    return now
  }

  /** Has the service die at this point, and waits for it. */
  async die(at: DeathPoint, after: number): Promise<Exit> {
    const { program } = this
    // It may be dead before it can say that it will be.
    await Promise.race([program.exited, this.order({ do: 'die', at, after })])
    return program.exited
  }

  shiftClock(ms: number): Promise<number> {
    this.shiftMs = ms
    return this.order({ do: 'shift clock', ms })
  }

  /** What `/readyz` answers. */
  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.directUrl}/readyz`, { signal: AbortSignal.timeout(READY_ANSWER_MS) })
    await response.body?.cancel()
    return response.ok
  }

  async becomesReady(isReady = true): Promise<void> {
    const deadline = performance.now() + BECOMES_READY_MS
    while ((await this.isReady().catch(() => false)) !== isReady) {
      if (performance.now() > deadline) throw new Error(`The service does not become ${isReady ? '' : 'un'}ready.`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  chatToken({ id, name }: { id: string; name: string }): string {
    return mintChatToken(id, { secret: SECRET, claims: { name }, now: this.#now() })
  }

  serverToken(): string {
    return mintServerToken({ secret: SECRET, now: this.#now() })
  }

  lastLines(count: number): string[] {
    return this.program.lines.slice(-count)
  }

  heal(): void {
    this.proxy.pass()
  }

  /** Ends it, and leaves nothing behind. */
  async close(): Promise<void> {
    this.#forget()
    await this.#program?.kill()
    await this.proxy.close()
    this.disk?.unmount()
    await rm(this.folder, { recursive: true, force: true })
  }

  #now(): number {
    return Date.now() + this.shiftMs
  }
}

/** A port that is free now, and that no other service of this run comes back to after a kill. */
async function takePort(): Promise<number> {
  for (;;) {
    const port = await findFreePort()
    if (taken.has(port)) continue
    taken.add(port)
    return port
  }
}

const taken = new Set<number>()

/** What the app and the service share. */
export const SECRET = 'e3Qf0mVxN9s4uLr6TgHk2Vd8cJmPeB5z'

/** A write that waits for a lock is given up after 4 s, and the check behind `/readyz` with it. */
const READY_ANSWER_MS = 10_000

/** Twice what the store remembers of a failed disk. */
const BECOMES_READY_MS = 30_000

/** The workload is faster than people are, and everybody has the same address. */
export const GENEROUS = {
  ...FASTER_THAN_PEOPLE,
  PARLOR_MAX_NEW_CONNECTIONS_PER_IP: '10000',
  PARLOR_ARRIVALS_PER_SECOND: '10000',
  PARLOR_MAX_CONNECTIONS_PER_USER: '1000',
  PARLOR_DRAIN_MS: '1000',
}

// --- types ---

export interface UnitOptions {
  env?: Record<string, string>
  /** Puts the database on a disk of this size, where that can be had. */
  diskMegabytes?: number
}
