import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { SQL } from '../../packages/server/src/store/postgres/sql.ts'
import { PostgresServer } from '../support/postgres.ts'
import { EXTRAS, questionsOf, scannedBy } from './postgres-questions.ts'

let server: PostgresServer
let pool: Pool
let url: string

beforeAll(async () => {
  server = await PostgresServer.start()
  url = await server.createDatabase()
  await (await createPostgresStore({ url })).close()
  pool = new Pool({ connectionString: url })
  await pool.query(FILL)
  await pool.query('ANALYZE')
})
afterAll(async () => {
  await pool.end()
  await server.stop()
})

test('history, catch-up and every check go by an index', async () => {
  const asked = { roomId: 'room-1', other: 'room-2', head: 200, messageId: 'message-1-1', reader: 'lonely' }
  for (const [name, values] of Object.entries(questionsOf(asked))) {
    const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${SQL[name as keyof typeof SQL]}`, values)
    expect({ name, scanned: scannedBy(rows[0]['QUERY PLAN'][0].Plan) }).toEqual({ name, scanned: [] })
  }
})

test('no change scans a table', async () => {
  const before = await countScans(pool)
  // The time says which sessions are forgotten: a few.
  const store = await createPostgresStore({ url, now: () => 10 })
  const by = (id: string) => ({ actor: { user: { id, name: id, picture: null } }, roomId: 'room-2', isOpen: false })
  const server = { ...by('app'), actor: { user: { id: 'app', name: null, picture: null }, isServer: true } }
  const messageId = '01a21367-816c-794b-b423-337c14107ebd'
  const { result } = await store.sendMessage({
    ...by('user-2'),
    messageId,
    text: 'x',
    hash: 'h',
    attempt: 2,
    after: 'message-2-1',
  })
  await store.setReaction({ ...by('user-3'), messageId, emoji: '👍', on: true })
  await store.editMessage({ ...by('user-2'), messageId, text: 'y', editId: 'edit', baseVersion: result.seq })
  await store.deleteMessage({ ...by('user-2'), messageId })
  await store.cancelMessage({ ...by('user-2'), messageId: 'another' })
  await store.joinRoom(by('new'))
  await store.updateMember({ ...server, userId: 'user-1', role: 'member' })
  await store.removeMember({ ...server, userId: 'new' })
  await store.leaveRoom(by('user-5'))
  await store.upsertRoom({
    roomId: 'made',
    members: [{ user: { id: 'user-1', name: null, picture: null }, role: 'owner' }],
  })
  await store.leaveRoom({ ...by('user-1'), roomId: 'room-3' }).catch(() => {})
  await store.revokeSession('sid', 30_000)
  await store.close()
  // What a connection did is told when it ends, a moment later.
  await expect.poll(() => countInserted(pool)).toBe(2_000 * 100 + 1)
  expect(await countScans(pool)).toEqual(before)
})

test.each(['', 'ANALYZE'])(
  'nor does one in a database that is new, however full it has become since: %s',
  async (sql) => {
    const newUrl = await server.createDatabase()
    await (await createPostgresStore({ url: newUrl })).close()
    // What PostgreSQL knows of its tables now is that they are empty.
    await server.query(sql, newUrl)
    const store = await createPostgresStore({ url: newUrl, connections: 2 })
    const send = (n: number) => {
      const [id, roomId, messageId] = [`user-${n % 20}`, `room-${n % 20}`, randomUUID()]
      const actor = { user: { id, name: id, picture: null } }
      return store.sendMessage({ actor, roomId, messageId, isOpen: true, text: 'x', hash: 'h', attempt: 1 })
    }
    for (let n = 0; n < 2_000; n += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => send(n + more)))
    await store.close()
    const newPool = new Pool({ connectionString: newUrl })
    try {
      await expect.poll(() => countInserted(newPool)).toBe(2_000)
      // Its indexes were made by scans, of no rows.
      const { rows } = await newPool.query('SELECT relname FROM pg_stat_user_tables WHERE seq_tup_read > 0')
      expect(rows.map(({ relname }) => relname).filter((name) => !SMALL.includes(name))).toEqual([])
      // An index can be read from end to end too. No id is asked for twice.
      const read = "SELECT sum(idx_tup_read)::int AS read FROM pg_stat_user_indexes WHERE relname = 'messages'"
      expect((await newPool.query(read)).rows).toEqual([{ read: 0 }])
    } finally {
      await newPool.end()
    }
  },
)

async function countInserted(pool: Pool): Promise<number> {
  const { rows } = await pool.query("SELECT n_tup_ins::int FROM pg_stat_user_tables WHERE relname = 'messages'")
  return rows[0]?.n_tup_ins
}

/** How often each table was read from end to end; the tables of few rows excepted. */
async function countScans(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query('SELECT relname, seq_scan::int FROM pg_stat_user_tables')
  const large = rows.filter(({ relname }) => !SMALL.includes(relname))
  return Object.fromEntries(large.map(({ relname, seq_scan }) => [relname, seq_scan]))
}

const SMALL = ['migrations', 'health', 'copy']

/** Forty thousand rooms, two thousand of them with a hundred messages and twenty members each, and somebody who is in three. */
const FILL = `
  INSERT INTO parlor.rooms (id, kind, member_count, floor, created_at, version, head, epoch, ordinal, active_at)
    SELECT 'room-' || r, CASE WHEN r % 2 = 0 THEN 'public' ELSE 'private' END, 100, 1, r, 1100, 1100, 'e', 1000, r
    FROM generate_series(1, 40000) AS r;
  INSERT INTO parlor.room_epochs SELECT key, 1, 'e' FROM parlor.rooms;
  INSERT INTO parlor.members (room, user_id, rank, joined_at, version)
    SELECT key, 'user-' || u, CASE WHEN u = 1 THEN 0 ELSE 2 END, 1, u FROM parlor.rooms, generate_series(1, 20) AS u WHERE key <= 2000;
  INSERT INTO parlor.messages (room, seq, id, version, ordinal, text_version, user_id, text, created_at, hash)
    SELECT key, 100 + m, 'message-' || key || '-' || m, 100 + m + CASE WHEN m % 20 = 0 THEN 1000 ELSE 0 END, m, 100 + m,
    'user-1', 'hello', m, 'hash' FROM parlor.rooms, generate_series(1, 100) AS m WHERE key <= 2000;
  ${EXTRAS}
`
