/** Database is SQLite as this service opens it; the only file that knows `node:sqlite`. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

export type Database = DatabaseSync
export type Statement = StatementSync

/**
 * Opens a database to write; makes it if it isn't there. While somebody else's shell holds the write lock, it waits for at
 * most `busyTimeoutMs`. Throws what SQLite throws.
 */
export function openForWriting(path: string, busyTimeoutMs: number): Database {
  return configured(new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: busyTimeoutMs }), [
    'PRAGMA journal_mode = WAL',
    // An acknowledged commit is on the disk: in WAL mode only FULL syncs at every commit (sqlite.org/wal.html, 2.3).
    'PRAGMA synchronous = FULL',
    // On macOS a plain fsync stops at the drive's own cache; elsewhere these change nothing (sqlite.org/pragma.html).
    'PRAGMA fullfsync = ON',
    'PRAGMA checkpoint_fullfsync = ON',
    `PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    `PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`,
    `PRAGMA cache_size = -${CACHE_KIB}`,
  ])
}

/** Opens the database that a writer holds open, to read it. */
export function openForReading(path: string, busyTimeoutMs: number): Database {
  const options = { readOnly: true, enableForeignKeyConstraints: false, timeout: busyTimeoutMs }
  return configured(new DatabaseSync(path, options), [`PRAGMA cache_size = -${CACHE_KIB}`])
}

/** Opens a copy that nobody else has open, and folds its WAL into the file: one file is the whole database then. */
export function openToFold(path: string): Database {
  return configured(new DatabaseSync(path, { enableForeignKeyConstraints: false }), ['PRAGMA journal_mode = DELETE'])
}

/** Locks a file of its own until it is closed or the process dies, however it dies. Throws a busy fault if it is locked. */
export function openAsLock(path: string): Database {
  return configured(new DatabaseSync(path, { timeout: 0 }), LOCK)
}

/** What went wrong with the file or the disk; undefined for every other error, which is a fault of ours. */
export function storageFault(error: unknown): StorageFault | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  // The low byte is the primary code (sqlite.org/rescode.html).
  return STORAGE_FAULTS.get(error.errcode & 0xff)
}

function configured(database: Database, statements: readonly string[]): Database {
  try {
    for (const statement of statements) database.exec(statement)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** 16 MiB of 4 KiB pages. Checkpoints land in commits: at the default of 1,000 pages, p99 was 4.2 ms instead of 0.8. */
const CHECKPOINT_PAGES = 4_000

/** Nothing is ever written, so there is no journal to leave behind. */
const LOCK = ['PRAGMA journal_mode = MEMORY', 'PRAGMA locking_mode = EXCLUSIVE', 'BEGIN EXCLUSIVE']

/** A WAL that grew in a burst is cut back to this. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024

const CACHE_KIB = 32 * 1024

/** Primary result codes, sqlite.org/rescode.html. */
const STORAGE_FAULTS: ReadonlyMap<number, StorageFault> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [7, 'memory'],
  [8, 'readonly'],
  [10, 'io'],
  [11, 'corrupt'],
  [13, 'full'],
  [14, 'unopenable'],
  [26, 'corrupt'],
])

// --- types ---

export type StorageFault = 'busy' | 'memory' | 'readonly' | 'io' | 'corrupt' | 'full' | 'unopenable'
