/** The lock that keeps a database file to one store: two would each believe that they alone number its changes. */
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreError } from '../store-error.ts'
import { type Database, openAsLock } from './database.ts'
import { openError } from './open-error.ts'

/**
 * Locks the database by locking a file beside it, `NAME.lock`, which stays. The operating system lets go of the lock when
 * the process ends, also by SIGKILL, so no lock is ever stale. Throws a StoreError if the database is locked already.
 */
export function lockDatabase(path: string): Database {
  // A folder would be locked happily, by a file beside it.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StoreError(`The database ${path} is a folder: set PARLOR_DATABASE_URL to a file in it.`)
  }
  try {
    return openAsLock(`${realPath(path)}.lock`)
  } catch (error) {
    throw openError(path, error)
  }
}

/** The same for every name of a file, also while the file isn't there yet. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path))
    } catch {
      return path
    }
  }
}
