/** Why a database can't be opened, as the one line that a person at a terminal needs. */
import { ChatError } from '@parlor/protocol'
import { StoreError } from '../store-error.ts'
import { type StorageFault, storageFault } from './database.ts'

/** The StoreError for what was thrown while this database was opened. */
export function openError(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  // What the thread that checks the database was told, it tells as the cause.
  if (error instanceof ChatError && error.cause !== undefined) return openError(path, error.cause)
  const fault = storageFault(error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError(`The database ${path} ${fault ? ADVICE[fault] : `can't be opened: ${reason}.`}`, {
    cause: error,
  })
}

const ADVICE: Record<StorageFault, string> = {
  busy: 'is in use by another process: stop that one, or give this one a file of its own with PARLOR_DATABASE_URL.',
  memory: "can't be opened: there isn't enough memory.",
  readonly: "isn't writable: make the file and its folder writable for this user, or set PARLOR_DATABASE_URL.",
  io: "can't be read: the disk reports errors.",
  corrupt: 'is damaged or no SQLite database: restore a backup, or move it away to start with an empty one.',
  full: "can't be written: the disk is full. Make room and start again.",
  unopenable: "can't be opened: make its folder, writable for this user, or set PARLOR_DATABASE_URL to file:PATH.",
}
