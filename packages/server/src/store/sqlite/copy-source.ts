/** CopySource: a SQLite database as it is copied from: its rooms in the order of their ids, and of each what is new. */
import { statSync } from 'node:fs'
import { COLUMNS, type LooseTable, type Row, type SourceRoom } from '../migration/rows.ts'
import { StoreError } from '../store-error.ts'
import { type Database, openForReading, storageFault } from './database.ts'
import { lockDatabase } from './file-lock.ts'
import { countSteps, MIGRATIONS } from './migrations.ts'
import { openError } from './open-error.ts'

/** It may be open beside a service; `lock` tells. Reads see one moment between `begin` and `end`. */
export class CopySource {
  readonly path: string
  readonly #database: Database
  #lock: Database | undefined

  /** Throws a StoreError for what is no database of this version. */
  constructor(path: string) {
    this.path = path
    try {
      const file = statSync(path, { throwIfNoEntry: false })
      if (!file) throw new StoreError(`There is no database ${path}.`)
      if (file.isDirectory()) throw new StoreError(`${path} is a folder: name the database file in it.`)
      this.#database = openForReading(path, BUSY_TIMEOUT_MS)
    } catch (error) {
      throw openError(path, error)
    }
    const steps = countSteps(this.#database)
    if (steps === MIGRATIONS.length) return
    this.#database.close()
    if (!steps) throw new StoreError(`${path} is no database of Parlor.`)
    throw new StoreError(
      steps > MIGRATIONS.length
        ? `${path} was written by a newer version of Parlor: run that version's migrate-store.`
        : `${path} is of an older version of Parlor: start this version on it once.`,
    )
  }

  /** Keeps services away until it is closed. False: one is running. */
  lock(): boolean {
    try {
      this.#lock ??= lockDatabase(this.path)
      return true
    } catch (error) {
      if (error instanceof StoreError && storageFault(error.cause) === 'busy') return false
      throw error
    }
  }

  begin(): void {
    this.#database.exec('BEGIN')
  }

  end(): void {
    this.#database.exec('COMMIT')
  }

  /** Rooms whose ids come after this one. */
  listRooms(after: string, limit: number): SourceRoom[] {
    const sql = `SELECT key, ${COLUMNS.rooms.join(', ')} FROM rooms WHERE id > ? ORDER BY id LIMIT ?`
    return this.#database.prepare(sql).all(after, limit) as SourceRoom[]
  }

  /** A room that was listed: none is ever taken away. */
  findRoom(id: string): SourceRoom {
    return this.#database
      .prepare(`SELECT key, ${COLUMNS.rooms.join(', ')} FROM rooms WHERE id = ?`)
      .get(id) as SourceRoom
  }

  listEpochs(room: number): Row[] {
    return this.#database
      .prepare('SELECT first, epoch FROM room_epochs WHERE room = ? ORDER BY first')
      .all(room) as Row[]
  }

  /** Members that changed after this version; -1: all of them. */
  members(room: number, from: number): Iterable<Row> {
    const sql = `SELECT ${COLUMNS.members.join(', ')} FROM members WHERE room = ? AND version > ?`
    return this.#database.prepare(sql).iterate(room, from) as Iterable<Row>
  }

  /** Messages that were made or changed after this version; -1: all of them. */
  *messages(room: number, from: number): Iterable<Row> {
    const sql = `SELECT ${COLUMNS.messages.join(', ')} FROM messages WHERE room = ?`
    yield* this.#database.prepare(`${sql} AND seq > ? ORDER BY seq`).iterate(room, from) as Iterable<Row>
    if (from < 0) return
    const changed = this.#database.prepare(`${sql} AND version > ? AND version > seq AND seq <= ?`)
    yield* changed.iterate(room, from, from) as Iterable<Row>
  }

  /** What belongs to no room's history. */
  loose(table: LooseTable): Iterable<Row> {
    return this.#database.prepare(`SELECT ${COLUMNS[table].join(', ')} FROM ${table}`).iterate() as Iterable<Row>
  }

  hasRoom(id: string): boolean {
    return this.#database.prepare('SELECT 1 FROM rooms WHERE id = ?').get(id) !== undefined
  }

  close(): void {
    this.#database.close()
    this.#lock?.close()
  }
}

const BUSY_TIMEOUT_MS = 5_000
