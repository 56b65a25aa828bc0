/** ThreadClient is this side of a store's thread: it starts it, asks it, and starts it again when it dies. */
import { Worker } from 'node:worker_threads'
import { unavailable } from '../operations/outcome.ts'
import { StoreError } from '../store-error.ts'
import type { FromThread, ThreadOptions, ToThread } from './thread.ts'

export class ThreadClient {
  readonly #options: ThreadClientOptions
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #worker: Worker | undefined
  #restart: NodeJS.Timeout | undefined
  #isClosed = false

  private constructor(options: ThreadClientOptions) {
    this.#options = options
  }

  /** Resolves when the thread has opened its database. Throws a StoreError if it can't. */
  static async start(options: ThreadClientOptions): Promise<ThreadClient> {
    const client = new ThreadClient(options)
    await client.#start()
    return client
  }

  /** Rejects with `unavailable` when the thread is down, or dies before it has answered. */
  ask(request: unknown): Promise<unknown> {
    const worker = this.#worker
    if (!worker) return Promise.reject(unavailable(this.#isClosed ? 'the store is closed' : 'the store starts again'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // Only a question that is open keeps the process alive.
      worker.ref()
      worker.postMessage({ id, request } satisfies ToThread)
    })
  }

  /** Resolves when the thread has answered what it was asked, closed its database and ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage({ close: true } satisfies ToThread)
    await ended
  }

  async #start(): Promise<void> {
    const { file, data } = this.#options
    const worker = startWorker(file, data)
    const ended = new Promise<Error>((resolve) => {
      worker.once('error', (error) => resolve(error instanceof Error ? error : new Error(String(error))))
      worker.once('exit', (code) => resolve(new Error(`a thread of the store ended with code ${code}`)))
    })
    const opened = await Promise.race([new Promise<FromThread>((resolve) => worker.once('message', resolve)), ended])
    if (opened instanceof Error) throw opened
    if ('failed' in opened) throw new StoreError(opened.failed)
    this.#worker = worker
    worker.on('message', (message: FromThread) => this.#settle(message))
    worker.unref()
    void ended.then((error) => this.#onEnd(error))
    if (this.#isClosed) await this.close()
  }

  #settle(message: FromThread): void {
    if (!('id' in message)) return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    waiting?.resolve(message.answer)
  }

  #onEnd(error: Error): void {
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(unavailable(error.message))
    if (this.#isClosed) return
    this.#options.onError(error)
    this.#startAgain(0)
  }

  #startAgain(delayMs: number): void {
    this.#restart = setTimeout(() => {
      this.#start().catch((error) => {
        this.#options.onError(error)
        if (!this.#isClosed) this.#startAgain(RESTART_DELAY_MS)
      })
    }, delayMs)
    this.#restart.unref()
  }
}

/** Runs unbuilt as the source does: a thread doesn't inherit the condition by which packages resolve to their sources. */
function startWorker(file: string, data: ThreadOptions): Worker {
  const isSource = import.meta.url.endsWith('.ts')
  const url = new URL(`./${file}${isSource ? '.ts' : '.js'}`, import.meta.url)
  return new Worker(url, {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    ...(isSource && { execArgv: ['--conditions=@parlor/source'] }),
  })
}

/** Between two tries to start a thread whose database can't be opened. */
const RESTART_DELAY_MS = 1_000

/** What V8 may keep for new objects; on a machine with much memory it would take up to 192 MiB, and give nothing back. */
const YOUNG_MIB = 24

// --- types ---

export interface ThreadClientOptions {
  /** The thread's file in this folder, without its ending. */
  file: string
  data: ThreadOptions
  /** Told when the thread dies, and when it can't be started again. */
  onError: (error: Error) => void
}

interface Waiting {
  resolve: (answer: unknown) => void
  reject: (error: Error) => void
}
