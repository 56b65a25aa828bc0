/**
 * `npm run bench:postgres`: what messages, reads of rooms and checks of heads cost a real PostgreSQL; with `--report` the
 * plans of docs/scale.md take the numbers. The store is the service's own, with as many connections as it opens.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createPostgresStore } from '../packages/server/src/store/postgres/postgres-store.ts'
import { PostgresServer } from '../tests/support/postgres.ts'
import { report } from './cluster-results.ts'
import { readCpu } from './process-tree.ts'

const ROUNDS = 5
const ROOMS = 500
const MEMBERS = 10
/** Messages a second. At the first rate a commit gathers a few of them, at the other one many: both have their price. */
const [SLOW, FAST] = [300, 3_000]
const SEND_MS = 4_000
/** Checks of this many heads each, and reads by this many people at a time. */
const CHECKS = 200
const READS = 4_000
const READERS = 8

const { values: options } = parseArgs({ options: { report: { type: 'boolean', default: false } } })
const server = await PostgresServer.start()
let commits = 0
const store = await createPostgresStore({ url: server.url(), onCommit: () => void commits++ })
const postgres = await findProcess()
const roomIds = Array.from({ length: ROOMS }, (_, at) => `room-${at}`)
const users = Array.from({ length: MEMBERS }, (_, at) => ({
  id: `user-00000${at}`,
  name: 'Ada Lovelace',
  picture: null,
}))
let sent = 0

const rounds: Record<string, number>[] = []
try {
  await fill()
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await measureRound())
    console.log(`round ${round + 1} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1))}`)
  }
} finally {
  await store.close()
  await server.stop()
}
report('npm run bench:postgres', rounds, options.report)

async function fill(): Promise<void> {
  const members = users.map((user) => ({ user }))
  await Promise.all(roomIds.map((roomId) => store.upsertRoom({ roomId, kind: 'private', members })))
  await send(20 * ROOMS)
}

async function measureRound(): Promise<Record<string, number>> {
  const before = await readBytes()
  const slow = await measureSends(SLOW)
  const fast = await measureSends(FAST)
  // Two sums of the same two costs.
  const postgresCommitUs = (slow.us - fast.us) / (slow.commits - fast.commits)
  const postgresMessageUs = fast.us - fast.commits * postgresCommitUs
  const rowBytes = ((await readBytes()) - before) / (((SLOW + FAST) * SEND_MS) / 1_000)
  const [postgresHeadUs, headUs] = await measure(CHECKS * ROOMS, checkHeads)
  const [postgresReadUs] = await measure(READS, readRooms)
  return { postgresCommitUs, postgresMessageUs, postgresHeadUs, headUs, postgresReadUs, rowBytes }
}

/** CPU for each of so many: of PostgreSQL, all its processes, and of this one. */
async function measure(count: number, act: () => Promise<void>): Promise<[postgresUs: number, ownUs: number]> {
  const read = () => {
    const { userMs, systemMs } = readCpu(postgres)
    const { user, system } = process.cpuUsage()
    return { postgresUs: (userMs + systemMs) * 1_000, ownUs: user + system }
  }
  const before = read()
  await act()
  const after = read()
  return [(after.postgresUs - before.postgresUs) / count, (after.ownUs - before.ownUs) / count]
}

/** For each message: CPU of PostgreSQL, and its share of a commit. */
async function measureSends(rate: number): Promise<{ us: number; commits: number }> {
  const count = (rate * SEND_MS) / 1_000
  const before = commits
  const [us] = await measure(count, () => sendAtRate(rate))
  return { us, commits: (commits - before) / count }
}

/** Each message at its time, whatever is answered. */
async function sendAtRate(rate: number): Promise<void> {
  const beginMs = performance.now()
  const answers: Promise<void>[] = []
  for (let now = 0; now < SEND_MS; now = performance.now() - beginMs) {
    while (answers.length < (now * rate) / 1_000) answers.push(send(1))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(answers)
}

async function send(count: number): Promise<void> {
  const sending = Array.from({ length: count }, () => {
    const roomId = roomIds[sent % ROOMS] ?? ''
    const user = users[sent % MEMBERS] ?? users[0]!
    const hash = Buffer.alloc(32, sent++).toString('base64url')
    const draft = { messageId: crypto.randomUUID(), text: 'x'.repeat(120), hash, attempt: 1 }
    return store.sendMessage({ actor: { user }, roomId, isOpen: false, ...draft })
  })
  await Promise.all(sending)
}

async function checkHeads(): Promise<void> {
  for (let check = 0; check < CHECKS; check++) await store.readHeads(roomIds)
}

/** Somebody comes back to each, who has missed a few changes, to a node that doesn't know the room. */
async function readRooms(): Promise<void> {
  const heads = await store.readHeads(roomIds)
  let next = 0
  const read = async (): Promise<void> => {
    for (let at = next++; at < READS; at = next++) {
      const roomId = roomIds[at % ROOMS] ?? ''
      const { epoch = '', head = 0 } = heads.get(roomId) ?? {}
      const reader = { userId: users[0]!.id, since: { epoch, seq: head - 5 }, limit: 50 }
      await store.readRoom({ roomId, isOpen: false, readers: [reader], extra: { members: 100 } })
    }
  }
  await Promise.all(Array.from({ length: READERS }, read))
}

/** What all tables and indexes take, after what was deleted is let go. */
async function readBytes(): Promise<number> {
  const sql = `select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'parlor' and c.relkind in ('r', 'm')`
  const [row] = await server.query(sql)
  return Number(row?.bytes)
}

async function findProcess(): Promise<number> {
  const [row] = await server.query('show data_directory')
  return Number(readFileSync(join(String(row?.data_directory), 'postmaster.pid'), 'utf8').split('\n')[0])
}
