/** WriteQueue gathers operations while a batch is being committed, and sends them to the writer as the next one. */
import { ChatError } from '@parlor/protocol'
import { errorOf, type Outcome, type Request, unavailable } from './outcome.ts'
import { Pacer } from './pacer.ts'

/** One batch in flight. Operations are committed, and their promises settled, in the order in which they came. */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #pacer: Pacer
  #waiting: Entry[] = []
  #isWriting = false
  #isScheduled = false
  #isClosing = false
  #whenIdle: (() => void) | undefined

  constructor(options: WriteQueueOptions) {
    this.#options = options
    this.#pacer = new Pacer({ maxGatherMs: options.maxGatherMs })
  }

  /**
   * Resolves after the commit. Rejects with the operation's refusal, or `unavailable`, at once where the queue is full; or
   * `timeout`, and then the operation may still be committed.
   */
  add(request: Request): Promise<unknown> {
    if (this.#isClosing) return Promise.reject(unavailable('the store is closed'))
    if (this.#waiting.length >= this.#options.maxQueued)
      return Promise.reject(unavailable('too many writes are waiting'))
    return new Promise((resolve, reject) => {
      const entry: Entry = { request, resolve, reject, isTimedOut: false, timer: undefined }
      entry.timer = setTimeout(() => {
        entry.isTimedOut = true
        reject(new ChatError('timeout'))
      }, this.#options.timeoutMs)
      this.#waiting.push(entry)
      this.#schedule()
    })
  }

  /** Resolves when everything that was added is settled; takes no more. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#schedule()
    if (this.#isWriting || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  #schedule(): void {
    if (this.#isWriting || this.#isScheduled || this.#waiting.length === 0) return
    this.#isScheduled = true
    const run = () => {
      this.#isScheduled = false
      this.#write()
    }
    const waitMs = this.#isClosing ? 0 : this.#pacer.waitMs(performance.now())
    // After the poll phase: what other sockets brought at the same time comes along.
    if (waitMs < 1) setImmediate(run)
    else setTimeout(run, waitMs)
  }

  #write(): void {
    const taken = this.#waiting.splice(0, this.#options.maxBatch)
    // Who gave up on an operation that hasn't begun will ask again; it need not be done now.
    const batch = taken.filter((entry) => !entry.isTimedOut)
    if (batch.length === 0) {
      this.#rest()
      return
    }
    this.#isWriting = true
    this.#pacer.start(performance.now(), batch.length)
    const requests = batch.map((entry) => entry.request)
    void this.#options.write(requests).then(
      (outcomes) => this.#finish(batch, outcomes),
      (error: ChatError) => this.#fail(batch, error),
    )
  }

  #finish(batch: readonly Entry[], outcomes: readonly Outcome[]): void {
    this.#next()
    for (const [index, entry] of batch.entries()) {
      clearTimeout(entry.timer)
      const outcome = outcomes[index] ?? { fault: 'the writer gave no outcome' }
      const error = errorOf(outcome)
      if (error) this.#reject(entry, error)
      else if ('ok' in outcome) entry.resolve(outcome.ok)
    }
    this.#rest()
  }

  #fail(batch: readonly Entry[], error: ChatError): void {
    this.#next()
    for (const entry of batch) {
      clearTimeout(entry.timer)
      entry.reject(error)
    }
    this.#rest()
  }

  /** The next batch is under way before the answers of the last one make work here. */
  #next(): void {
    this.#isWriting = false
    if (this.#waiting.length > 0 && this.#pacer.waitMs(performance.now()) < 1) this.#write()
    else this.#schedule()
  }

  #rest(): void {
    if (this.#isWriting) return
    if (this.#waiting.length === 0) this.#whenIdle?.()
    else this.#schedule()
  }

  #reject(entry: Entry, error: ChatError): void {
    if (error.code === 'unavailable' || error.code === 'internal') this.#options.onError(error)
    entry.reject(error)
  }
}

// --- types ---

export interface WriteQueueOptions {
  /** Commits these together; the outcomes are in their order. Rejects with a ChatError when the writer is down. */
  write: (requests: readonly Request[]) => Promise<readonly Outcome[]>
  onError: (error: Error) => void
  maxGatherMs: number
  maxBatch: number
  maxQueued: number
  timeoutMs: number
}

interface Entry {
  request: Request
  resolve: (answer: unknown) => void
  reject: (error: Error) => void
  isTimedOut: boolean
  timer: NodeJS.Timeout | undefined
}
