/** BatchWriter commits many operations with one sync of the disk, and tells of none before it is on the disk. */
import { CHANGES, runOperation } from '../operations/operations.ts'
import { type Outcome, outcomeOf, type Request } from '../operations/outcome.ts'
import { type Database, storageFault } from './database.ts'
import { SqliteRows } from './sqlite-rows.ts'

/** The operation that writes a row, to see whether that works. */
export const HEALTH_CHECK = 'checkHealth'

export class BatchWriter {
  readonly #database: Database
  readonly #startId: string
  readonly #rows: SqliteRows

  constructor(database: Database, startId: string) {
    this.#database = database
    this.#startId = startId
    this.#rows = new SqliteRows(database)
  }

  /**
   * The outcomes, in the order of the requests. When the file or the disk fails, none of them is stored. When an operation
   * throws what it shouldn't, the others are done again without it.
   */
  write(requests: readonly Request[]): Outcome[] {
    try {
      return this.#commit(requests)
    } catch (error) {
      this.#rollBack()
      const reason = error instanceof Error ? error.message : String(error)
      if (storageFault(error)) return requests.map(() => ({ unavailable: reason }))
      if (requests.length === 1) return [{ fault: reason }]
      return requests.flatMap((request) => this.write([request]))
    }
  }

  #commit(requests: readonly Request[]): Outcome[] {
    this.#database.exec('BEGIN IMMEDIATE')
    const outcomes = requests.map((request) => outcomeOf(() => this.#run(request)))
    this.#rows.flush()
    this.#database.exec('COMMIT')
    return outcomes
  }

  #run({ name, args, nowMs }: Request): unknown {
    if (name === HEALTH_CHECK) return this.#rows.recordHealth(nowMs)
    return runOperation(CHANGES, { rows: this.#rows, startId: this.#startId, nowMs }, name, args)
  }

  #rollBack(): void {
    this.#rows.forget()
    // A full disk or an I/O error may have ended the transaction already (sqlite.org/lang_transaction.html, 3.4).
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }
}
