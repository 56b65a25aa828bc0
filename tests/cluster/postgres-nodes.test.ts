/** Several stores on one PostgreSQL, which dies, stands still, or is somebody else's for a while. */

import { type User, uuidv7 } from '@parlor/protocol'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { MessageDraft } from '../../packages/server/src/store/messages.ts'
import { MIGRATION_LOCK } from '../../packages/server/src/store/postgres/migrations.ts'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { PostgresServer } from '../support/postgres.ts'

let server: PostgresServer
let url: string
let stores: [Store, Store]

beforeAll(async () => {
  server = await PostgresServer.start()
})
afterAll(() => server.stop())
beforeEach(async () => {
  url = await server.createDatabase()
  // Both make the schema at the same time: one does, and the other waits.
  stores = await Promise.all([open(), open()])
})
afterEach(() => Promise.all(stores.map((store) => store.close())))

test('[G2] two nodes that write into the same rooms number them 1 to n, each sender in the order of sending', async () => {
  const [a, b] = stores
  const sent = await Promise.all(
    [a, b].flatMap((store, node) =>
      Array.from({ length: 300 }, (_, i) => store.sendMessage(draft(`room-${i % 7}`, person(`node-${node}`), `${i}`))),
    ),
  )
  for (let room = 0; room < 7; room++) {
    const changes = sent.flatMap(({ changes }) => changes).filter(({ event }) => event.roomId === `room-${room}`)
    const seqs = changes.map(({ event }) => event.seq).sort((x, y) => x - y)
    expect(seqs).toEqual(seqs.map((_, i) => i + 1))
    for (const node of ['node-0', 'node-1']) {
      const own = changes.flatMap(({ event }) =>
        event.type === 'message.created' && event.message.user.id === node ? [event] : [],
      )
      const bySeq = [...own].sort((x, y) => x.seq - y.seq).map(({ message }) => Number(message.text))
      expect(bySeq).toEqual([...bySeq].sort((x, y) => x - y))
    }
  }
  const { messages } = await a.listMessages({ roomId: 'room-0', userId: 'node-0', isOpen: true, limit: 200 })
  expect(messages.map(({ ordinal }) => ordinal)).toEqual(messages.map((_, i) => i + 1))
})

test('[G5] the same message from two nodes at once is stored once, and both are told its place', async () => {
  const [a, b] = stores
  for (let i = 0; i < 20; i++) {
    const same = draft(`room-${i}`, person('ann'), 'once')
    const [one, other] = await Promise.all([a.sendMessage(same), b.sendMessage(same)])
    expect(one.result).toEqual(other.result)
    expect([...one.changes, ...other.changes].filter(({ event }) => event.type === 'message.created')).toHaveLength(1)
  }
})

test('[G1] after PostgreSQL is killed in the middle of writing, every acked message is there once', async () => {
  const acked = new Map<string, number>()
  let isOver = false
  const writers = stores.map(async (store, node) => {
    for (let i = 0; !isOver; i++) {
      const one = draft('busy', person(`node-${node}`), String(i))
      await store.sendMessage(one).then(
        ({ result }) => acked.set(result.id, result.seq),
        (error) => expect(['unavailable', 'timeout']).toContain(error.code),
      )
    }
  })
  while (acked.size < 50) await new Promise((resolve) => setTimeout(resolve, 5))
  await server.kill()
  await server.restart()
  const before = acked.size
  while (acked.size < before + 20) await new Promise((resolve) => setTimeout(resolve, 5))
  isOver = true
  await Promise.all(writers)
  const rows = await server.query('SELECT id, seq::int, ordinal::int FROM parlor.messages ORDER BY seq', url)
  const stored = new Map(rows.map(({ id, seq }) => [id, seq]))
  for (const [id, seq] of acked) expect(stored.get(id)).toBe(seq)
  expect(rows.map(({ ordinal }) => ordinal)).toEqual(rows.map((_, i) => i + 1))
  const epochs = await server.query('SELECT first::int FROM parlor.room_epochs ORDER BY first', url)
  expect(epochs).toHaveLength(2)
})

test('[G6] a start of the database, and a table that was emptied, are new epochs; every node writes in the same', async () => {
  const [a, b] = stores
  const epochOf = async (store: Store) =>
    (await store.sendMessage(draft('room', person('ann'), 'x'))).changes.at(-1)?.epoch
  const first = await epochOf(a)
  expect(await epochOf(b)).toBe(first)
  await server.query('TRUNCATE parlor.rooms, parlor.members, parlor.messages, parlor.room_epochs', url)
  const second = await epochOf(a)
  expect(second).not.toBe(first)
  expect(await epochOf(b)).toBe(second)
  await server.kill()
  await server.restart()
  const third = await retried(() => epochOf(a))
  expect([first, second]).not.toContain(third)
})

test('[G13] while PostgreSQL stands still, nothing is acked, every answer comes, and the store is not healthy', async () => {
  const [a] = stores
  await a.sendMessage(draft('room', person('ann'), 'before'))
  server.pause()
  const attempts = [
    a.sendMessage(draft('room', person('ann'), 'meanwhile')),
    a.listMessages({ roomId: 'room', userId: 'ann', isOpen: true, limit: 10 }),
    a.checkHealth(),
  ]
  for (const attempt of await Promise.allSettled(attempts)) {
    expect(attempt.status).toBe('rejected')
    if (attempt.status === 'rejected') expect(['unavailable', 'timeout']).toContain(attempt.reason.code)
  }
  server.resume()
  await retried(() => a.sendMessage(draft('room', person('ann'), 'after')))
  await retried(() => a.checkHealth())
})

test('a node that starts while another one makes the tables waits for it, however long that takes', async () => {
  const empty = await server.createDatabase()
  const other = new Client({ connectionString: empty })
  await other.connect()
  onTestFinished(() => other.end())
  await other.query('BEGIN')
  await other.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  const starting = createPostgresStore({ url: empty })
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  await other.query('ROLLBACK')
  await (await starting).close()
})

test('a room that somebody holds locked makes nobody wait who writes into others', async () => {
  const [a] = stores
  await Promise.all(['held', 'free'].map((room) => a.sendMessage(draft(room, person('ann'), 'x'))))
  const holder = await hold('held')
  const [held, free] = await Promise.allSettled([
    a.sendMessage(draft('held', person('ann'), 'y')),
    a.sendMessage(draft('free', person('ann'), 'y')),
  ])
  expect(free.status).toBe('fulfilled')
  expect(held).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  await holder.release()
  await a.sendMessage(draft('held', person('ann'), 'z'))
})

async function open(): Promise<Store> {
  return createPostgresStore({ url })
}

/** Another client of the database that has a room's row. */
async function hold(roomId: string): Promise<{ release(): Promise<void> }> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT * FROM parlor.rooms WHERE id = $1 FOR UPDATE', [roomId])
  return { release: () => client.end() }
}

/** Tries until the database is there again. */
async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (attempt === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function person(id: string): User {
  return { id, name: id, picture: null }
}

function draft(roomId: string, user: User, text: string): MessageDraft {
  const messageId = uuidv7()
  return { actor: { user }, roomId, isOpen: true, messageId, text, hash: `hash of ${messageId}`, attempt: 1 }
}
