import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { SQL } from '../../packages/server/src/store/postgres/sql.ts'
import { PostgresServer } from '../support/postgres.ts'

let server: PostgresServer
let pool: Pool

beforeAll(async () => {
  server = await PostgresServer.start()
  const url = await server.createDatabase()
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
  for (const [name, values] of Object.entries(QUESTIONS)) {
    const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${SQL[name as keyof typeof SQL]}`, values)
    const steps = flatten(rows[0]['QUERY PLAN'][0].Plan)
    const scanned = steps.filter((step) => step['Node Type'] === 'Seq Scan').map((step) => step['Relation Name'])
    expect({ name, scanned }).toEqual({ name, scanned: [] })
  }
})

/** Two thousand rooms with a hundred messages and twenty members each, and somebody who is in three: no scan is worth it. */
const FILL = `
  INSERT INTO parlor.rooms (id, kind, member_count, floor, created_at, version, head, epoch, ordinal, active_at)
    SELECT 'room-' || r, CASE WHEN r % 2 = 0 THEN 'public' ELSE 'private' END, 100, 1, r, 1100, 1100, 'e', 1000, r
    FROM generate_series(1, 2000) AS r;
  INSERT INTO parlor.room_epochs SELECT key, 1, 'e' FROM parlor.rooms;
  INSERT INTO parlor.members (room, user_id, rank, joined_at, version)
    SELECT key, 'user-' || u, CASE WHEN u = 1 THEN 0 ELSE 2 END, 1, u FROM parlor.rooms, generate_series(1, 20) AS u;
  INSERT INTO parlor.members (room, user_id, rank, joined_at, version)
    SELECT key, 'lonely', 2, 1, 50 FROM parlor.rooms WHERE id IN ('room-1', 'room-3', 'room-4');
  INSERT INTO parlor.messages (room, seq, id, version, ordinal, text_version, user_id, text, created_at, hash)
    SELECT key, 100 + m, 'message-' || key || '-' || m, 100 + m + CASE WHEN m % 20 = 0 THEN 1000 ELSE 0 END, m, 100 + m,
    'user-1', 'hello', m, 'hash' FROM parlor.rooms, generate_series(1, 100) AS m;
  INSERT INTO parlor.burned_ids SELECT 'burned-' || b, 'room-1', 'user-1', 1 FROM generate_series(1, 20000) AS b;
  INSERT INTO parlor.revoked_sessions SELECT 'sid-' || s, s FROM generate_series(1, 20000) AS s;
`

const QUESTIONS: { [N in keyof typeof SQL]?: unknown[] } = {
  lockRooms: [['room-1', 'room-2']],
  findMembersIn: [['room-1'], ['user-1']],
  findMessagesIn: [['room-1'], ['message-1-1']],
  findBurned: [['room-1'], ['burned-1'], ['user-1']],
  findOwners: ['room-1'],
  forgetSessions: [10],
  findRooms: [['room-1', 'room-2']],
  listRooms: ['lonely', 50],
  listEpochs: ['room-1'],
  findMembers: ['room-1', ['user-1', 'user-2']],
  listLeadingMembers: ['room-1', 20],
  listMembers: ['room-1', 'user-1', 20],
  listChangedMembers: ['room-1', 10, 20],
  listNewestMembers: ['room-1', 10, 20],
  findMessageSeqs: ['room-1', ['message-1-1']],
  listMessagesBefore: ['room-1', 150, 20],
  listMessagesAfter: ['room-1', 150, 20],
  listNewestChanged: ['room-1', 150, 20],
  isBurned: ['burned-1', 'room-1', 'user-1'],
  listRevokedSessions: [19_990],
}

function flatten(plan: Step): Step[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)]
}

interface Step {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Step[]
}
