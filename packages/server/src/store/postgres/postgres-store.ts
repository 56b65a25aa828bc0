/** PostgresStore keeps rooms in PostgreSQL, for any number of nodes: batches of changes under locks, reads from snapshots. */
import { ChatError } from '@parlor/protocol'
import { DatabaseError, type Pool } from 'pg'
import type { Answer, Arguments, ChangeName, ReadName } from '../operations/operations.ts'
import { errorOf, type Outcome, unavailable } from '../operations/outcome.ts'
import { RowStore } from '../operations/row-store.ts'
import { WriteQueue } from '../operations/write-queue.ts'
import type { Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { BatchCommitter } from './batch-committer.ts'
import { roomOf } from './batch-needs.ts'
import { classify } from './failure.ts'
import { migrate } from './migrations.ts'
import { createPool } from './pool.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import { SQL } from './sql.ts'

/**
 * Opens the database, and makes the schema `parlor` in it where it is missing. Any number of stores may be open on it.
 *
 * ```ts
 * const store = await createPostgresStore({ url: 'postgres://parlor:secret@localhost/app' })
 * ```
 *
 * @throws StoreError with one line that says what to do: it can't be reached, refuses the user, or is of a newer version
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const parts = { ...DEFAULTS, ...options }
  const pool = createPool({
    connectionString: options.url,
    max: parts.connections,
    connectionTimeoutMillis: 4_000,
    // A connection that answers nothing is cut, so that its work ends. Longer than the limits of the server itself.
    query_timeout: 6_000,
    keepAlive: true,
    pipeline: true,
    application_name: 'parlor',
  })
  try {
    await migrate(pool, parts.now())
    const [copy] = (await pool.query(SQL.isCopyWhole)).rows
    if (copy && !copy.is_whole) throw new StoreError(UNFINISHED_COPY)
    const { rows } = await pool.query(SQL.startId)
    const store = new PostgresStore(parts, pool, String(rows[0]?.start_id))
    await store.checkHealth()
    return store
  } catch (error) {
    await pool.end()
    throw openError(error)
  }
}

class PostgresStore extends RowStore {
  readonly #parts: Required<PostgresStoreOptions>
  readonly #pool: Pool
  readonly #committer: BatchCommitter
  readonly #reader: SnapshotReader
  readonly #writes: WriteQueue
  #openReads = 0
  #closing: Promise<void> | undefined

  constructor(parts: Required<PostgresStoreOptions>, pool: Pool, startId: string) {
    super()
    this.#parts = parts
    this.#pool = pool
    this.#committer = new BatchCommitter(pool, startId)
    this.#reader = new SnapshotReader(pool)
    this.#writes = new WriteQueue({
      ...parts,
      // The others are for reads, which must not wait for writes that wait for locks.
      writers: Math.max(1, Math.floor(parts.connections / 2)),
      roomOf,
      write: async (requests) => {
        const outcomes = await this.#committer.commit(requests)
        parts.onCommit(requests.length)
        return outcomes
      },
    })
  }

  /** That of the latest commit: the database may have been started again since this store was opened. */
  get startId(): string {
    return this.#committer.startId
  }

  async checkHealth(): Promise<void> {
    const { now, timeoutMs } = this.#parts
    try {
      await within(timeoutMs, this.#pool.query(SQL.recordHealth, [now()]))
    } catch (error) {
      throw new ChatError('unavailable', { cause: error })
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#writes.close().then(() => this.#pool.end())
    return this.#closing
  }

  protected override async change<N extends ChangeName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    return (await this.#writes.add({ name, args, nowMs: this.#parts.now() })) as Answer<N>
  }

  protected override async read<N extends ReadName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    const { maxQueued, timeoutMs, now, onError } = this.#parts
    if (this.#closing) throw unavailable('the store is closed')
    if (this.#openReads >= maxQueued) throw unavailable('too many reads are waiting')
    this.#openReads++
    const answer = this.#reader.read({ name, args, nowMs: now() }).finally(() => this.#openReads--)
    const outcome: Outcome = await within(timeoutMs, answer)
    if ('ok' in outcome) return outcome.ok as Answer<N>
    const error = errorOf(outcome)
    if (error && !('refusal' in outcome)) onError(error)
    throw error
  }
}

/** Rejects with `timeout` when it takes longer; it may still be done. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ChatError('timeout')), ms)
  })
  promise.catch(() => {})
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

function openError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const cause = error instanceof ChatError ? error.cause : error
  const reason = cause instanceof Error ? cause.message || String(cause) : String(cause)
  return new StoreError(`PostgreSQL can't be used: ${reason}; ${adviceFor(cause)}.`)
}

function adviceFor(cause: unknown): string {
  if (cause instanceof DatabaseError && cause.code === UNKNOWN_DATABASE)
    return 'create it (CREATE DATABASE … OWNER …), or name another one in PARLOR_DATABASE_URL'
  if (classify(cause) === 'unavailable')
    return 'check that it runs and that the address, the user and the password in PARLOR_DATABASE_URL are right'
  return 'check that its user owns the schema parlor, or may create it (GRANT CREATE ON DATABASE … TO …)'
}

/** postgresql.org/docs/current/errcodes-appendix.html */
const UNKNOWN_DATABASE = '3D000'

const UNFINISHED_COPY =
  'The copy from SQLite in this database is not finished: stop the service on the SQLite file, and run ' +
  '`parlor migrate-store` until it says that nothing differs. A copy that nobody needs goes by DROP SCHEMA parlor CASCADE.'

const DEFAULTS = {
  now: Date.now,
  onError: () => {},
  onCommit: () => {},
  connections: 10,
  maxGatherMs: 10,
  maxBatch: 500,
  maxQueued: 10_000,
  // What guarantee G13 allows.
  timeoutMs: 5_000,
}

// --- types ---

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  url: string
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
  /** Told what the callers of the store only know as `unavailable` or `internal`; for the log. */
  onError?: (error: Error) => void
  /** Told after each commit how many operations it held; for metrics. */
  onCommit?: (operations: number) => void
  /** Connections to the database that this store may open. Half of them are for writing. Default 10. */
  connections?: number
  /** The longest time from one commit's start to the next while the process is busy, in ms. Default 10. */
  maxGatherMs?: number
  /** Most operations in one commit. Default 500. */
  maxBatch?: number
  /** Operations that may wait, writes and reads each; more are `unavailable` at once. Default 10,000. */
  maxQueued?: number
  /** How long an operation may take, in ms. Default 5,000. */
  timeoutMs?: number
}
