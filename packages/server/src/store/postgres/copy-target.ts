/**
 * CopyTarget: a PostgreSQL database as it is copied to. A room's row is written last: its head says how far its copy is. One
 * run at a time may write: the latest that began. Until it has finished, no service starts there.
 */
import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient, QueryResult } from 'pg'
import { type Batch, COLUMNS, type LooseTable, type RoomTable, type Row, type TargetRoom } from '../migration/rows.ts'
import { StoreError } from '../store-error.ts'
import { classify } from './failure.ts'
import { migrate } from './migrations.ts'
import { createPool } from './pool.ts'
import { inTransaction } from './transaction.ts'

export class CopyTarget {
  readonly #pool: Pool
  /** This run. */
  readonly #run = randomUUID()

  private constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Makes the schema where it is missing. Throws a StoreError when it can't be reached. */
  static async open(url: string): Promise<CopyTarget> {
    const pool = createPool({
      connectionString: url,
      max: 2,
      connectionTimeoutMillis: 10_000,
      application_name: 'parlor migrate-store',
    })
    try {
      await migrate(pool, Date.now())
      return new CopyTarget(pool)
    } catch (error) {
      await pool.end()
      if (error instanceof StoreError) throw error
      throw new StoreError(`PostgreSQL can't be used: ${(error as Error).message || String(error)}.`)
    }
  }

  /** Says why nothing may be copied there; undefined: it may. Changes nothing. */
  async findObstacle(): Promise<string | undefined> {
    const services = await this.#pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'parlor' AND datname = current_database() LIMIT 1",
    )
    if (services.rows.length > 0) return 'A service is running on the PostgreSQL database: stop it first.'
    const owned = await this.#pool.query(
      'SELECT id FROM parlor.rooms WHERE NOT EXISTS (SELECT 1 FROM parlor.copy) LIMIT 1',
    )
    const [room] = owned.rows
    if (room) return describeStranger(room.id)
    return undefined
  }

  /** From now on this run writes, and no other. Throws a StoreError while another one is in the middle of writing. */
  async claim(): Promise<void> {
    const sql = `INSERT INTO parlor.copy (id, run, is_whole) VALUES (1, $1, false) ON CONFLICT (id) DO UPDATE SET run = $1`
    try {
      await inTransaction(
        this.#pool,
        (client) => client.query(sql, [this.#run]),
        `BEGIN; SET LOCAL lock_timeout = '5s'`,
      )
    } catch (error) {
      if (classify(error) !== 'locked') throw error
      throw new StoreError('Another run is copying to this database now: end it first.')
    }
  }

  /** All of it is there: a service may start. */
  async finish(): Promise<void> {
    const sql = 'UPDATE parlor.copy SET is_whole = true WHERE run = $1'
    requireClaim(await this.#pool.query(sql, [this.#run]))
  }

  /** Rooms that are there, in the order of their ids. */
  async listRooms(after: string, limit: number): Promise<TargetRoom[]> {
    const sql = 'SELECT key, id, head, epoch FROM parlor.rooms WHERE id > $1 ORDER BY id LIMIT $2'
    return (await this.#pool.query<TargetRoom>(sql, [after, limit])).rows
  }

  async findRooms(ids: readonly string[]): Promise<Map<string, TargetRoom>> {
    const sql = 'SELECT key, id, head, epoch FROM parlor.rooms WHERE id = ANY($1::text[])'
    const { rows } = await this.#pool.query<TargetRoom>(sql, [ids])
    return new Map(rows.map((room) => [room.id, room]))
  }

  /** Gives rooms that aren't there a key, with nothing in them yet. */
  async addRooms(ids: readonly string[]): Promise<TargetRoom[]> {
    const blank = {
      // Until it is copied nobody may see it.
      kind: 'private',
      member_count: 0,
      floor: 1,
      version: 0,
      head: 0,
      epoch: '',
      ordinal: 0,
      active_at: 0,
    }
    const rows = ids.map((id) => ({ ...blank, id, created_at: 0 }))
    const sql = `${insertSql('rooms')} RETURNING key, id, head, epoch`
    const made = await this.#write((client) => client.query<TargetRoom>(sql, [JSON.stringify(rows)]))
    return made.rows
  }

  /** Writes all of it, or nothing. `rooms` are finished with it. */
  async write({ epochs, members, messages, rooms }: Batch): Promise<void> {
    if (epochs.length + members.length + messages.length + rooms.length === 0) return
    await this.#write(async (client) => {
      await put(client, 'room_epochs', 'room, first', epochs)
      await put(client, 'members', 'room, user_id', members)
      await put(client, 'messages', 'room, seq', messages)
      await put(client, 'rooms', 'id', rooms)
    })
  }

  async putLoose(table: LooseTable, rows: readonly Row[]): Promise<void> {
    const key = table === 'burned_ids' ? 'message_id, room_id, user_id' : 'sid'
    // Adds to a whole copy what it lacks, and leaves it whole.
    await this.#write((client) => put(client, table, key, rows), 'SELECT 1 FROM parlor.copy WHERE run = $1 FOR SHARE')
  }

  async readRooms(ids: readonly string[]): Promise<Row[]> {
    const sql = `SELECT key, ${COLUMNS.rooms.join(', ')} FROM parlor.rooms WHERE id = ANY($1::text[])`
    return (await this.#pool.query<Row>(sql, [ids])).rows
  }

  /** The rows of these rooms. Of one room they come in pages. */
  async *readRows(table: RoomTable, rooms: readonly number[]): AsyncIterable<Row> {
    const columns = COLUMNS[table].join(', ')
    if (rooms.length > 1) {
      const sql = `SELECT ${columns} FROM parlor.${table} WHERE room = ANY($1::bigint[])`
      yield* (await this.#pool.query<Row>(sql, [rooms])).rows
      return
    }
    const order = ORDER[table]
    let after: unknown = order === 'user_id' ? '' : -1
    for (;;) {
      const sql = `SELECT ${columns} FROM parlor.${table} WHERE room = $1 AND ${order} > $2 ORDER BY ${order} LIMIT $3`
      const { rows } = await this.#pool.query<Row>(sql, [rooms[0], after, PAGE])
      yield* rows
      const last = rows.at(-1)
      if (!last || rows.length < PAGE) return
      after = last[order]
    }
  }

  async readLoose(table: LooseTable): Promise<Row[]> {
    return (await this.#pool.query<Row>(`SELECT ${COLUMNS[table].join(', ')} FROM parlor.${table}`)).rows
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  /** In one transaction with the proof that no other run has begun: a run that slept for long must not write what is old. */
  #write<T>(
    work: (client: PoolClient) => Promise<T>,
    proof = 'UPDATE parlor.copy SET is_whole = false WHERE run = $1',
  ): Promise<T> {
    return inTransaction(
      this.#pool,
      async (client) => {
        requireClaim(await client.query(proof, [this.#run]))
        return work(client)
      },
      'BEGIN',
    )
  }
}

/** Why a database is refused that has this room. */
export function describeStranger(roomId: string): string {
  return `The PostgreSQL database has rooms of its own, such as "${roomId}": name one without the schema parlor.`
}

function requireClaim({ rowCount }: QueryResult): void {
  if (rowCount !== 1) throw new StoreError('Another run has begun to copy to this database: this one ends.')
}

async function put(client: PoolClient, table: keyof typeof COLUMNS, key: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const set = COLUMNS[table].map((column) => `${column} = excluded.${column}`).join(', ')
  await client.query(`${insertSql(table)} ON CONFLICT (${key}) DO UPDATE SET ${set}`, [JSON.stringify(rows)])
}

function insertSql(table: keyof typeof COLUMNS): string {
  const columns = COLUMNS[table].join(', ')
  return `INSERT INTO parlor.${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::parlor.${table}, $1)`
}

const ORDER = { room_epochs: 'first', members: 'user_id', messages: 'seq' } as const

const PAGE = 2_000
