/** SnapshotReader answers each read from one snapshot of the database. */
import { READS, runOperation } from '../operations/operations.ts'
import { type Outcome, outcomeOf, type Request } from '../operations/outcome.ts'
import { type Database, storageFault } from './database.ts'
import { SqliteRows } from './sqlite-rows.ts'

export class SnapshotReader {
  readonly #database: Database
  readonly #startId: string
  readonly #rows: SqliteRows

  constructor(database: Database, startId: string) {
    this.#database = database
    this.#startId = startId
    this.#rows = new SqliteRows(database)
  }

  read({ name, args, nowMs }: Request): Outcome {
    try {
      // In WAL mode the first read of a transaction takes the snapshot that all of it sees.
      this.#database.exec('BEGIN')
      const tx = { rows: this.#rows, startId: this.#startId, nowMs }
      return outcomeOf(() => runOperation(READS, tx, name, args))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return storageFault(error) ? { unavailable: reason } : { fault: reason }
    } finally {
      this.#rows.forget()
      if (this.#database.isTransaction) this.#database.exec('COMMIT')
    }
  }
}
