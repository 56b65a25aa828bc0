/**
 * Workers: several processes of the service behind one port. Each is a node of its own, so what nodes share must be
 * elsewhere: PostgreSQL and Redis. Whichever dies is replaced; its clients reconnect and are served by the others.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { ConfigError, type Env, isSharedDatabase, readConfig } from '../config.ts'
import { createLog, type LogDestination } from '../log.ts'
import { closeInTransit } from './in-transit.ts'
import { isWorkerMessage, type WorkerMessage } from './messages.ts'
import { Scrapes } from './scrapes.ts'

/** What the primary needs to know. Throws a ConfigError where the workers could not share their rooms. */
export function readWorkersConfig(env: Env): WorkersConfig {
  const config = readConfig(env)
  if (!isSharedDatabase(config))
    throw new ConfigError(
      'several workers need PostgreSQL: set PARLOR_DATABASE_URL to postgres://USER:PASSWORD@HOST/DATABASE',
    )
  if (config.redisUrl.length === 0)
    throw new ConfigError('several workers need Redis to hear each other: set REDIS_URL to redis://HOST:PORT')
  const { logLevel, drainMs } = config
  return { logLevel, drainMs }
}

/** Runs in the primary, which serves nobody. Its workers run the same command line, and find `isWorker()` true. */
export class Workers {
  readonly #count: number
  readonly #drainMs: number
  readonly #log: ReturnType<typeof createLog>
  readonly #scrapes = new Scrapes()
  readonly #serving = new Set<Worker>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  #backoffMs = FIRST_BACKOFF_MS
  #isStopping = false

  constructor({ count, config, logDestination }: WorkersOptions) {
    this.#count = count
    this.#drainMs = config.drainMs
    this.#log = createLog(config.logLevel, logDestination)
  }

  /**
   * Starts them: the first alone, which finds out what is wrong with the settings and brings the database up to date. False:
   * it ended, and why has been said.
   */
  async start(): Promise<boolean> {
    cluster.on('fork', closeInTransit)
    cluster.on('message', (worker, message) => this.#hear(worker, message))
    cluster.on('listening', (worker) => this.#serving.add(worker))
    for (const end of ['disconnect', 'exit'] as const)
      cluster.on(end, (worker) => {
        this.#serving.delete(worker)
        this.#scrapes.left(worker)
      })
    const first = cluster.fork()
    const [code, signal] = await Promise.race([
      once(first, 'listening').then(() => [] as const),
      once(first, 'exit') as Promise<[number | null, string | null]>,
    ])
    if (this.#isStopping) return true
    if (code !== undefined) {
      // Whoever ends by itself has said why.
      if (signal) this.#log.fatal({ signal }, 'the first worker was killed while it started')
      return false
    }
    this.#watch(first)
    for (let started = 1; started < this.#count; started++) this.#watch(cluster.fork())
    this.#log.info({ workers: this.#count }, 'workers started')
    return true
  }

  /** Asks all of them to drain and to end; resolves when they have. One that hasn't a while after is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const restart of this.#restarts) clearTimeout(restart)
    const workers = this.#alive()
    const ended = Promise.all(workers.map((worker) => once(worker, 'exit')))
    for (const worker of workers) worker.send({ type: 'parlor:stop' } satisfies WorkerMessage, () => {})
    const timer = setTimeout(() => {
      this.#log.error(
        { workerPids: this.#alive().map(({ process: { pid } }) => pid) },
        'workers that did not end are killed',
      )
      this.kill()
    }, this.#drainMs + CLOSING_MS)
    await ended
    clearTimeout(timer)
  }

  /** Ends them now. */
  kill(): void {
    this.#isStopping = true
    for (const worker of this.#alive()) worker.process.kill('SIGKILL')
  }

  #alive(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
  }

  #watch(worker: Worker): void {
    const startedAt = performance.now()
    let isReplaced = false
    worker.on('disconnect', () => {
      if (this.#isStopping) return
      // It was asked to end, and drains: its place is taken meanwhile.
      if (worker.exitedAfterDisconnect && this.#serving.has(worker)) {
        isReplaced = true
        this.#backoffMs = FIRST_BACKOFF_MS
        this.#watch(cluster.fork())
      }
      // One that can't be told anything any more ends soon, or is stuck.
      const timer = setTimeout(() => worker.process.kill('SIGKILL'), this.#drainMs + CLOSING_MS)
      worker.once('exit', () => clearTimeout(timer))
    })
    worker.on('exit', (code, signal) => {
      if (this.#isStopping || isReplaced) return
      if (performance.now() - startedAt > STEADY_MS) this.#backoffMs = FIRST_BACKOFF_MS
      const restartMs = this.#backoffMs
      this.#log.error({ workerPid: worker.process.pid, code, signal, restartMs }, 'a worker died')
      this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
      const restart = setTimeout(() => {
        this.#restarts.delete(restart)
        this.#watch(cluster.fork())
      }, restartMs)
      this.#restarts.add(restart)
    })
  }

  #hear(worker: Worker, message: unknown): void {
    if (!isWorkerMessage(message)) return
    if (message.type === 'parlor:collected') this.#scrapes.heard(worker, message)
    else if (message.type === 'parlor:scrape') void this.#answerScrape(worker, message.id)
  }

  async #answerScrape(worker: Worker, id: number): Promise<void> {
    const text = await this.#scrapes.collect([...this.#serving])
    // Whoever asked may be gone by now.
    worker.send({ type: 'parlor:scraped', id, text } satisfies WorkerMessage, () => {})
  }
}

/** Between a death and the next start; doubled for each one soon after. */
const FIRST_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 10_000

/** What a worker may take for its end after it has drained. */
const CLOSING_MS = 10_000

/** Whoever ran for so long didn't die of its start. */
const STEADY_MS = 60_000

// --- types ---

export interface WorkersOptions {
  /** How many processes. */
  count: number
  config: WorkersConfig
  /** Where the lines of the log go; default: stdout. */
  logDestination?: LogDestination | undefined
}

export interface WorkersConfig {
  logLevel: string
  drainMs: number
}
