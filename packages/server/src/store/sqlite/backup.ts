/** Backup and restore of a database file; a copy is checked before anything takes its place. */
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../store-error.ts'
import { type Database, openForReading, openToFold, storageFault } from './database.ts'
import { lockDatabase, realPath } from './file-lock.ts'
import { countSteps, MIGRATIONS } from './migrations.ts'
import { openError } from './open-error.ts'

/** Writes the database as it is at one moment into a new file, also while a service runs on it. */
export function backUpDatabase(path: string, copy: string): void {
  if (!existsSync(path)) throw new StoreError(`There is no database ${path}: set PARLOR_DATABASE_URL to its file.`)
  if (existsSync(copy)) throw new StoreError(`${copy} is there already: name a new file.`)
  if (!existsSync(dirname(copy))) throw new StoreError(`There is no folder ${dirname(copy)}: make it first.`)
  const partial = `${copy}.partial-${randomUUID().slice(0, 8)}`
  try {
    const database = openForReading(path, BUSY_TIMEOUT_MS)
    try {
      database.prepare('VACUUM INTO ?').run(partial)
    } finally {
      database.close()
    }
    check(partial, path)
    sync(partial)
    if (existsSync(copy)) throw new StoreError(`${copy} has come meanwhile: name a new file.`)
    renameSync(partial, copy)
    syncFolder(copy)
  } catch (error) {
    throw openError(path, error)
  } finally {
    removeWithLogs(partial)
  }
}

/**
 * Puts a checked copy in the place of a database that no service runs on, and returns the name under which the replaced one
 * is kept; undefined if there was none. Throws a StoreError, with nothing changed, when the copy can't be used.
 */
export function restoreDatabase(copy: string, path: string, nowMs: number): string | undefined {
  const found = statSync(copy, { throwIfNoEntry: false })
  if (!found) throw new StoreError(`There is no file ${copy}.`)
  if (!found.isFile()) throw new StoreError(`${copy} is no file.`)
  // SQLite keeps the WAL beside the file itself, not beside a link to it.
  const target = realPath(path)
  if (realPath(copy) === target) throw new StoreError(`${copy} is the database itself: name a copy of it.`)
  const lock = lockForRestore(path)
  const staged = `${target}.restoring-${randomUUID().slice(0, 8)}`
  try {
    stage(copy, staged)
    // A snapshot of the disk has its newest commits here.
    if (existsSync(`${copy}-wal`)) stage(`${copy}-wal`, `${staged}-wal`)
    check(staged, copy)
    giveTo(staged, target)
    sync(staged)
    return replace(target, staged, nowMs)
  } finally {
    removeWithLogs(staged)
    lock.close()
  }
}

/** A copy may be read-only; what stands for it here is written to. */
function stage(copy: string, staged: string): void {
  copyFileSync(copy, staged)
  chmodSync(staged, 0o600)
}

/** The restored file is whose the replaced one was, or the folder's: whoever restores is often root, and the service isn't. */
function giveTo(staged: string, target: string): void {
  const replaced = statSync(target, { throwIfNoEntry: false })
  const { uid, gid } = replaced ?? statSync(dirname(target))
  chmodSync(staged, (replaced?.mode ?? 0o600) & 0o777)
  if (process.getuid?.() === 0) chownSync(staged, uid, gid)
}

function lockForRestore(path: string): Database {
  try {
    return lockDatabase(path)
  } catch (error) {
    if (error instanceof StoreError && storageFault(error.cause) === 'busy') {
      throw new StoreError(`A service is running on ${path}: stop it, then restore.`, { cause: error })
    }
    throw error
  }
}

/** Folds the WAL into the file and holds it for a whole database of a version that this one can run. */
function check(path: string, name: string): void {
  let steps: number | undefined
  try {
    const database = openToFold(path)
    try {
      const [first] = database.prepare('PRAGMA quick_check(1)').all()
      if (first?.quick_check !== 'ok') throw new StoreError(`${name} is damaged (${first?.quick_check}).`)
      steps = countSteps(database)
    } finally {
      database.close()
    }
  } catch (error) {
    if (storageFault(error) !== 'corrupt') throw error
    throw new StoreError(`${name} is damaged or no SQLite database.`, { cause: error })
  }
  if (!steps) throw new StoreError(`${name} is no database of Parlor.`)
  if (steps > MIGRATIONS.length) {
    throw new StoreError(
      `${name} was written by a newer version of Parlor (schema ${steps}; this version knows ${MIGRATIONS.length}): run that version.`,
    )
  }
}

/** Whatever happens in between, the replaced database is whole under its new name, and no old WAL meets the copy. */
function replace(target: string, staged: string, nowMs: number): string | undefined {
  const kept = `${target}.before-restore-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`
  const hadDatabase = existsSync(target)
  if (hadDatabase) {
    keep(target, kept)
    if (existsSync(`${target}-wal`)) keep(`${target}-wal`, `${kept}-wal`)
    syncFolder(target)
  }
  rmSync(`${target}-wal`, { force: true })
  rmSync(`${target}-shm`, { force: true })
  // The old WAL must be gone from the disk before the copy is there.
  syncFolder(target)
  renameSync(staged, target)
  syncFolder(target)
  return hadDatabase ? kept : undefined
}

/** A second name costs no room; some file systems have none. */
function keep(file: string, name: string): void {
  try {
    linkSync(file, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    copyFileSync(file, name)
    sync(name)
  }
}

function removeWithLogs(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true })
}

function sync(path: string, flags = 'r+'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Windows opens no folders, and keeps their order itself. */
function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(dirname(path), 'r')
}

const BUSY_TIMEOUT_MS = 5_000
