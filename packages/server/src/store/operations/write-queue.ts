/** WriteQueue gathers operations while batches are being committed, and sends them to a writer as the next one. */
import { ChatError } from '@parlor/protocol'
import { errorOf, type Outcome, type Request, unavailable } from './outcome.ts'
import { Pacer } from './pacer.ts'

/**
 * As many batches in flight as there are writers, and a room in one of them at most: its operations are committed, and their
 * promises settled, in the order in which they came.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #pacer: Pacer
  #waiting: Entry[] = []
  #inFlight = 0
  /** In a batch that is being committed; of one writer, nobody asks. */
  readonly #busyRooms = new Set<string>()
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
      const roomId = this.#options.roomOf?.(request)
      const entry: Entry = { request, roomId, resolve, reject, isTimedOut: false, timer: undefined }
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
    if (this.#inFlight > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  #schedule(): void {
    if (this.#inFlight >= this.#writers || this.#isScheduled || this.#waiting.length === 0) return
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
    if (this.#inFlight >= this.#writers) return
    const { taken, hasMore } = this.#take()
    // Of busy rooms only: the end of their batch comes back here.
    if (taken.length === 0) return
    // Who gave up on an operation that hasn't begun will ask again; it need not be done now.
    const batch = taken.filter((entry) => !entry.isTimedOut)
    if (batch.length === 0) {
      this.#rest()
      return
    }
    this.#inFlight++
    this.#setBusy(batch, true)
    this.#pacer.start(performance.now(), batch.length)
    const requests = batch.map((entry) => entry.request)
    void this.#options.write(requests).then(
      (outcomes) => this.#finish(batch, outcomes),
      (error: ChatError) => this.#fail(batch, error),
    )
    // What is shared has gathered already.
    if (hasMore) this.#write()
    else this.#schedule()
  }

  /**
   * The next batch: whatever is first, but nothing of a room whose last one is under way; and where much is waiting, only so
   * many rooms that each idle writer gets as much to do: then there is more for the next of them.
   */
  #take(): { taken: Entry[]; hasMore: boolean } {
    const { maxBatch, roomOf } = this.#options
    if (!roomOf) return { taken: this.#waiting.splice(0, maxBatch), hasMore: false }
    const free = this.#waiting.filter(({ roomId }) => roomId === undefined || !this.#busyRooms.has(roomId))
    const shares = Math.min(this.#writers - this.#inFlight, Math.floor(free.length / WORTH_A_COMMIT))
    const rooms = firstRooms(free, free.length / Math.max(1, shares))
    const taken: Entry[] = []
    const left: Entry[] = []
    for (const entry of this.#waiting) {
      const { roomId } = entry
      const isNext = taken.length < maxBatch && (roomId === undefined || rooms.has(roomId))
      if (isNext) taken.push(entry)
      else left.push(entry)
    }
    this.#waiting = left
    return { taken, hasMore: shares > 1 }
  }

  #setBusy(batch: readonly Entry[], isBusy: boolean): void {
    for (const { roomId } of batch) {
      if (roomId === undefined) continue
      if (isBusy) this.#busyRooms.add(roomId)
      else this.#busyRooms.delete(roomId)
    }
  }

  get #writers(): number {
    return this.#options.writers ?? 1
  }

  #finish(batch: readonly Entry[], outcomes: readonly Outcome[]): void {
    this.#next(batch)
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
    this.#next(batch)
    for (const entry of batch) {
      clearTimeout(entry.timer)
      entry.reject(error)
    }
    this.#rest()
  }

  /** The next batch is under way before the answers of the last one make work here. */
  #next(batch: readonly Entry[]): void {
    this.#inFlight--
    this.#setBusy(batch, false)
    if (this.#waiting.length > 0 && this.#pacer.waitMs(performance.now()) < 1) this.#write()
    else this.#schedule()
  }

  #rest(): void {
    if (this.#waiting.length > 0) this.#schedule()
    else if (this.#inFlight === 0) this.#whenIdle?.()
  }

  #reject(entry: Entry, error: ChatError): void {
    if (error.code === 'unavailable' || error.code === 'internal') this.#options.onError(error)
    entry.reject(error)
  }
}

/** The rooms of the first operations, as many as have so many operations or more. */
function firstRooms(entries: readonly Entry[], count: number): Set<string> {
  const sizes = new Map<string, number>()
  for (const { roomId } of entries) if (roomId !== undefined) sizes.set(roomId, (sizes.get(roomId) ?? 0) + 1)
  const rooms = new Set<string>()
  let sum = 0
  for (const [roomId, size] of sizes) {
    if (sum >= count) break
    rooms.add(roomId)
    sum += size
  }
  return rooms
}

/** No share is less: the fixed cost of a commit would count once for each writer (measured). */
const WORTH_A_COMMIT = 64

// --- types ---

export interface WriteQueueOptions {
  /** Commits these together; the outcomes are in their order. Rejects with a ChatError when the writer is down. */
  write: (requests: readonly Request[]) => Promise<readonly Outcome[]>
  onError: (error: Error) => void
  /** Batches that may be committed at the same time. Default 1. */
  writers?: number
  /** Which operations must not be in two of them at the same time; for more than one writer. */
  roomOf?: (request: Request) => string | undefined
  maxGatherMs: number
  maxBatch: number
  maxQueued: number
  timeoutMs: number
}

interface Entry {
  request: Request
  /** Undefined for what concerns no room, and where nobody asks. */
  roomId: string | undefined
  resolve: (answer: unknown) => void
  reject: (error: Error) => void
  isTimedOut: boolean
  timer: NodeJS.Timeout | undefined
}
