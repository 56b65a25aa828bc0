/**
 * `npm run bench:plans`: how PostgreSQL finds what readers ask for in a small database and in one of ten million messages:
 * which indexes it goes by, and how many pages it looks at. Ends with 1 if anything is read from end to end.
 */
import { writeFile } from 'node:fs/promises'
import { Pool } from 'pg'
import { createPostgresStore } from '../packages/server/src/store/postgres/postgres-store.ts'
import { SQL } from '../packages/server/src/store/postgres/sql.ts'
import { EXTRAS, questionsOf, type Step, scannedBy, stepsOf } from '../tests/cluster/postgres-questions.ts'
import { readCommandLine, readWhole } from '../tests/support/command-line.ts'
import { PostgresServer } from '../tests/support/postgres.ts'
import { describeMachine, describeRun } from '../tests/support/results.ts'
import { formatTable } from '../tests/support/text-table.ts'

const values = readCommandLine(
  'npm run bench:plans -- [options]',
  {
    messages: { type: 'string', default: '10000000', help: 'in the large database [10000000]' },
    report: { type: 'boolean', default: false, help: 'writes docs/results/postgres-plans.md' },
  } as const,
  process.argv.slice(2),
)
const large = readWhole('messages', values.messages, 1_000_000) ?? 0
const small = large / 100

const server = await PostgresServer.start()
try {
  const [few, many] = [await look(small), await look(large)]
  const rows = many.map(({ name, indexes, pages, ms, read, scanned }, at) => [
    ...[name, scanned.length > 0 ? `ALL OF ${scanned.join(', ')}` : indexes.join(', ')],
    ...[String(few[at]?.pages), String(pages), String(Math.round(read)), ms.toFixed(2)],
  ])
  const table = formatTable(
    [
      'question',
      'index',
      `pages at ${small.toLocaleString('en')}`,
      `at ${large.toLocaleString('en')}`,
      'rows read',
      'ms',
    ],
    rows,
  )
  // A table of one page is read whole, whatever indexes it has.
  const scans = many.filter(({ scanned }) => scanned.length > 0).length
  const most = Math.max(...many.map(({ pages }) => pages))
  const last = `bench:plans: ${large.toLocaleString('en')} messages, ${many.length} questions, ${scans} read a table from end to end; at most ${most} pages for one`
  console.log(`${table.join('\n')}\n\n${last}`)
  if (values.report) await writeFile('docs/results/postgres-plans.md', page(table, many, last))
  process.exitCode = scans > 0 ? 1 : 0
} finally {
  await server.stop()
}

/** A database with so many messages: a tenth of them in one room, as many in rooms of a hundred, the rest in rooms of 2,000. */
async function look(messages: number): Promise<Found[]> {
  const url = await server.createDatabase()
  await (await createPostgresStore({ url })).close()
  const pool = new Pool({ connectionString: url })
  try {
    const sizes = [
      { rooms: 1, each: messages / 10 },
      { rooms: messages / 1_000, each: 100 },
      { rooms: Math.round((messages * 0.8) / 2_000), each: 2_000 },
    ]
    console.error(`${messages.toLocaleString('en')} messages …`)
    for (const { rooms, each } of sizes) await fill(pool, rooms, each)
    await pool.query(EXTRAS)
    await pool.query('VACUUM ANALYZE')
    const { rows } = await pool.query('SELECT count(*)::int FROM parlor.messages')
    if (rows[0].count !== messages) throw new Error(`There are ${rows[0].count} messages, not ${messages}.`)
    const head = messages / 10
    const asked = { roomId: 'room-1', other: 'room-2', head, messageId: idOf(1, head - 5), reader: 'lonely' }
    const found: Found[] = []
    for (const [name, values] of Object.entries(questionsOf(asked)))
      found.push(await explain(pool, name as Name, values))
    return found
  } finally {
    await pool.end()
  }
}

/** More rooms, each with so many messages and twenty members. Some messages were changed later. */
async function fill(pool: Pool, rooms: number, each: number): Promise<void> {
  await pool.query(
    `WITH made AS (
      INSERT INTO parlor.rooms (id, kind, member_count, floor, created_at, version, head, epoch, ordinal, active_at)
        SELECT 'room-' || r, CASE WHEN r % 2 = 0 THEN 'public' ELSE 'private' END, 20, 1, r, $2::int, $2::int, 'e', $2::int, r
        FROM generate_series((SELECT count(*) + 1 FROM parlor.rooms), (SELECT count(*) FROM parlor.rooms) + $1::int) AS r
        RETURNING key
    ), opened AS (INSERT INTO parlor.room_epochs SELECT key, 1, 'e' FROM made)
    INSERT INTO parlor.members (room, user_id, rank, joined_at, version)
      SELECT key, 'user-' || u, CASE WHEN u = 1 THEN 0 ELSE 2 END, 1, u FROM made, generate_series(1, 20) AS u`,
    [rooms, each],
  )
  await pool.query(
    `INSERT INTO parlor.messages (room, seq, id, version, ordinal, text_version, user_id, text, created_at, hash)
      SELECT key, m, to_char(m, 'FM000000000000') || '-' || key, CASE WHEN m % 20 = 0 AND m < head THEN m + 1 ELSE m END, m, m,
        'user-' || m % 20, 'a hundred and twenty characters are about as much as people write at once, and some of them write even more', m, 'hash'
      FROM parlor.rooms, generate_series(1, $1::int) AS m WHERE head = $1::int AND NOT EXISTS
        (SELECT 1 FROM parlor.messages WHERE room = key LIMIT 1)`,
    [each],
  )
}

/** With what is read in memory, as it is for who reads often. */
async function explain(pool: Pool, name: Name, values: unknown[]): Promise<Found> {
  await pool.query(SQL[name], values)
  const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${SQL[name]}`, values)
  const [{ Plan: plan, 'Execution Time': ms }] = rows[0]['QUERY PLAN'] as [{ Plan: Step; 'Execution Time': number }]
  const text = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) ${SQL[name]}`, values)
  const steps = stepsOf(plan)
  return {
    ...{ name, ms, scanned: scannedBy(plan) },
    indexes: [...new Set(steps.flatMap((step) => step['Index Name'] ?? []))],
    pages: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0),
    read: steps
      .filter((step) => !step.Plans)
      .reduce((sum, step) => sum + (step['Actual Rows'] ?? 0) * (step['Actual Loops'] ?? 1), 0),
    plan: text.rows.map((row) => String(row['QUERY PLAN'])),
  }
}

function idOf(key: number, seq: number): string {
  return `${String(seq).padStart(12, '0')}-${key}`
}

function page(table: readonly string[], found: readonly Found[], last: string): string {
  const plans = found.map(({ name, plan }) => `${name}\n${plan.map((line) => `  ${line}`).join('\n')}`)
  return `# How PostgreSQL finds it

${describeRun('npm run bench:plans --')} ${describeMachine()}.

Two databases, of which the second has a hundred times the messages: a tenth of them in one room, which is asked for here, a tenth in rooms of a hundred, the rest in rooms of two thousand. A page is 8 KiB. What is asked for is in memory when it is measured.

${table.join('\n')}

\`\`\`
${last}
\`\`\`

The plans in the large one:

\`\`\`
${plans.join('\n\n')}
\`\`\`
`
}

// --- types ---

type Name = keyof typeof SQL

interface Found {
  name: Name
  /** Tables that were read from end to end. */
  scanned: string[]
  indexes: string[]
  /** Looked at, in memory or not. */
  pages: number
  /** Rows that were read to find those that were asked for. */
  read: number
  ms: number
  plan: string[]
}
