/** SqliteStore keeps rooms in one SQLite file: one thread writes, many operations to a commit, and another one reads. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { ChatError } from '@parlor/protocol'
import type { Answer, Arguments, ChangeName, ReadName } from '../operations/operations.ts'
import { errorOf, type Outcome, unavailable } from '../operations/outcome.ts'
import { RowStore } from '../operations/row-store.ts'
import { WriteQueue } from '../operations/write-queue.ts'
import type { Store } from '../store.ts'
import { HEALTH_CHECK } from './batch-writer.ts'
import type { Database } from './database.ts'
import { lockDatabase } from './file-lock.ts'
import { openError } from './open-error.ts'
import { ThreadClient } from './thread-client.ts'

/**
 * Opens the database, or makes it. The file belongs to this store alone until it is closed or the process ends.
 *
 * ```ts
 * const store = await createSqliteStore({ path: './parlor.db' })
 * ```
 *
 * @throws StoreError with one line that says what to do: the file is in use, damaged, not writable, of a newer version
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const path = resolve(options.path)
  const lock = lockDatabase(path)
  const startId = randomUUID()
  const onError = options.onError ?? (() => {})
  // Less, so that a lock that somebody else holds makes `unavailable`, which says why, rather than `timeout`.
  const busyTimeoutMs = Math.floor((options.timeoutMs ?? DEFAULTS.timeoutMs) * 0.8)
  const data = { path, startId, busyTimeoutMs }
  let writer: ThreadClient | undefined
  let reader: ThreadClient | undefined
  try {
    writer = await ThreadClient.start({ file: 'writer-thread', data, onError })
    // After the writer, which makes the file.
    reader = await ThreadClient.start({ file: 'reader-thread', data, onError })
    const store = new SqliteStore({ ...DEFAULTS, ...options, onError, startId, lock, writer, reader })
    await store.checkHealth()
    return store
  } catch (error) {
    await reader?.close()
    await writer?.close()
    lock.close()
    throw openError(path, error)
  }
}

class SqliteStore extends RowStore {
  readonly startId: string
  readonly #parts: SqliteStoreParts
  readonly #writes: WriteQueue
  #openReads = 0
  #faultAt = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | undefined

  constructor(parts: SqliteStoreParts) {
    super()
    this.startId = parts.startId
    const onError = (error: Error) => {
      if (error instanceof ChatError && error.code === 'unavailable') this.#faultAt = performance.now()
      parts.onError(error)
    }
    this.#parts = { ...parts, onError }
    this.#writes = new WriteQueue({
      ...this.#parts,
      write: async (requests) => {
        const outcomes = (await parts.writer.ask(requests)) as Outcome[]
        parts.onCommit(requests.length)
        return outcomes
      },
    })
  }

  async checkHealth(): Promise<void> {
    // A full disk may still have room for the row that this writes, and a damaged file may be whole where it lies.
    if (performance.now() - this.#faultAt < this.#parts.faultMemoryMs)
      throw unavailable('the database failed a moment ago')
    try {
      await this.#writes.add({ name: HEALTH_CHECK, args: [], nowMs: this.#parts.now() })
    } catch (error) {
      throw new ChatError('unavailable', { cause: error })
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  protected override async change<N extends ChangeName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    return (await this.#writes.add({ name, args, nowMs: this.#parts.now() })) as Answer<N>
  }

  protected override async read<N extends ReadName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    const { reader, maxQueued, timeoutMs, now, onError } = this.#parts
    if (this.#openReads >= maxQueued) throw unavailable('too many reads are waiting')
    this.#openReads++
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ChatError('timeout')), timeoutMs)
    })
    const answer = reader.ask({ name, args, nowMs: now() }).finally(() => this.#openReads--)
    try {
      const outcome = (await Promise.race([answer, timeout])) as Outcome
      if ('ok' in outcome) return outcome.ok as Answer<N>
      const error = errorOf(outcome)
      if (error && !('refusal' in outcome)) onError(error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** The writer last: closing its connection writes the WAL back into the file. */
  async #close(): Promise<void> {
    await this.#writes.close()
    await this.#parts.reader.close()
    await this.#parts.writer.close()
    this.#parts.lock.close()
  }
}

const DEFAULTS = {
  now: Date.now,
  onCommit: () => {},
  // Of 0, 2, 5, 10 and 20 ms, 10 was the least that took all of the gain for a busy process (measured).
  maxGatherMs: 10,
  // A commit of so many takes some 20 ms: a batch must not make its own operations late.
  maxBatch: 1_000,
  maxQueued: 10_000,
  // What guarantee G13 allows.
  timeoutMs: 5_000,
  // Longer than load balancers take between two questions.
  faultMemoryMs: 10_000,
}

// --- types ---

export interface SqliteStoreOptions {
  /** The database file; beside it are `-wal`, `-shm` and `.lock`. */
  path: string
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
  /** Told what the callers of the store only know as `unavailable` or `internal`; for the log. */
  onError?: (error: Error) => void
  /** Told after each commit how many operations it held; for metrics. */
  onCommit?: (operations: number) => void
  /** The longest time from one commit's start to the next while the process is busy, in ms. Default 10. */
  maxGatherMs?: number
  /** Most operations in one commit. Default 1,000. */
  maxBatch?: number
  /** Operations that may wait, writes and reads each; more are `unavailable` at once. Default 10,000. */
  maxQueued?: number
  /** How long an operation may take, in ms. Default 5,000. */
  timeoutMs?: number
  /** How long after a failure of the disk or the file the store still calls itself unhealthy, in ms. Default 10,000. */
  faultMemoryMs?: number
}

interface SqliteStoreParts extends Required<SqliteStoreOptions> {
  startId: string
  lock: Database
  writer: ThreadClient
  reader: ThreadClient
}
