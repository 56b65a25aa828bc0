import { randomUUID } from 'node:crypto'
import { uuidv7 } from '@parlor/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MessageDraft } from '../messages.ts'
import type { Outcome, Request } from '../operations/outcome.ts'
import { BatchWriter, HEALTH_CHECK } from './batch-writer.ts'
import { type Database, openForReading, openForWriting } from './database.ts'
import { migrate } from './migrations.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()
const startId = randomUUID()
let database: Database
let readerDatabase: Database
let writer: BatchWriter
let reader: SnapshotReader

beforeEach(() => {
  const path = newPath()
  database = openForWriting(path, 0)
  migrate(database, path, 0)
  writer = new BatchWriter(database, startId)
  readerDatabase = openForReading(path, 0)
  reader = new SnapshotReader(readerDatabase, startId)
})

afterEach(() => {
  readerDatabase.close()
  database.close()
})

test('a batch is one commit: its operations see each other, and are answered in their order', () => {
  const [one, two] = [send('general'), send('general')]
  const outcomes = writer.write([one, two, one, send('elsewhere', { isOpen: false }), { ...one, name: HEALTH_CHECK }])
  expect(outcomes).toMatchObject([
    { ok: { result: { seq: 3 }, changes: { length: 3 } } },
    { ok: { result: { seq: 4 }, changes: { length: 1 } } },
    { ok: { result: { seq: 3 }, changes: { length: 0 } } },
    { refusal: { code: 'room_not_found' } },
    { ok: undefined },
  ])
  expect(stored('general')).toEqual([3, 4])
})

test('an operation that throws what it should not fails alone; its batch is done again without it', () => {
  writer.write([send('general')])
  const broken = { ...send('general'), args: [null] }
  const unknown = { ...send('general'), name: 'constructor' }
  // Nothing that SQLite can keep: its statement throws after others of the operation have run.
  const unstorable = send('general', { text: Symbol('text') as unknown as string })
  const outcomes = writer.write([send('general'), broken, send('general'), unknown, unstorable, send('other')])
  expect(outcomes.map((outcome) => Object.keys(outcome)[0])).toEqual(['ok', 'fault', 'ok', 'fault', 'fault', 'ok'])
  expect(stored('general')).toEqual([3, 4, 5])
  expect(stored('other')).toEqual([3])
})

test('a refusal that burns an id is committed with it, in any company', () => {
  const refused = send('closed', { isOpen: false, attempt: 2 })
  expect(writer.write([refused])).toMatchObject([{ refusal: { code: 'room_not_found' } }])
  // As after a restart: nothing is remembered but what is in the file.
  const again = new BatchWriter(database, startId)
  expect(again.write([refused, send('general')])).toMatchObject([{ refusal: { code: 'cancelled' } }, {}])
})

test('[G13] a full disk fails a whole batch, which leaves no trace, and room is enough to go on', () => {
  const acked: number[] = []
  const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
  database.exec(`PRAGMA max_page_count = ${pages + 40}`)
  let outcomes: Outcome[] = []
  for (let batch = 0; batch < 100 && !outcomes.some(isUnavailable); batch++) {
    outcomes = writer.write([1, 2, 3].map(() => send('general', { text: 'x'.repeat(3_000) })))
    acked.push(...outcomes.flatMap(seqOf))
  }
  expect(outcomes).toEqual(Array(3).fill({ unavailable: 'database or disk is full' }))
  expect(acked.length).toBeGreaterThan(9)
  expect(stored('general')).toEqual(acked)
  // Reading goes on, and so does what needs no room.
  expect(writer.write([{ name: HEALTH_CHECK, args: [], nowMs: 1 }])).toEqual([{ ok: undefined }])
  database.exec('PRAGMA max_page_count = 10000')
  const next = writer.write([send('general'), send('general')])
  expect(next.flatMap(seqOf)).toEqual([acked.length + 3, acked.length + 4])
  expect(stored('general')).toEqual([...acked, ...next.flatMap(seqOf)])
})

test('a lock that somebody else holds makes a batch unavailable, and its end is enough to go on', () => {
  const shell = openForWriting(String(database.prepare('PRAGMA database_list').get()?.file), 0)
  shell.exec('BEGIN IMMEDIATE')
  expect(writer.write([send('general')])).toEqual([{ unavailable: 'database is locked' }])
  shell.exec('ROLLBACK')
  expect(writer.write([send('general')]).flatMap(seqOf)).toEqual([3])
  shell.close()
})

test('more rooms and members than are kept in memory are found in the file again', () => {
  const rooms = Array.from({ length: 12_000 }, (_, i) => `room-${i}`)
  for (let i = 0; i < rooms.length; i += 500) writer.write(rooms.slice(i, i + 500).map((room) => send(room)))
  const outcomes = writer.write(rooms.slice(0, 50).map((room) => send(room)))
  expect(outcomes.flatMap(seqOf)).toEqual(Array(50).fill(4))
})

function send(roomId: string, more: Partial<MessageDraft> = {}): Request {
  const user = { id: 'ann', name: null, picture: null }
  const messageId = uuidv7()
  const draft = { actor: { user }, roomId, isOpen: true, messageId, text: 'hi', hash: messageId, attempt: 1, ...more }
  return { name: 'sendMessage', args: [draft], nowMs: 1 }
}

function stored(roomId: string): number[] {
  const query = { roomId, userId: 'ann', isOpen: true, after: 0, limit: 1_000 }
  const outcome = reader.read({ name: 'listMessages', args: [query], nowMs: 1 })
  if (!('ok' in outcome)) throw new Error(JSON.stringify(outcome))
  return (outcome.ok as { messages: { seq: number }[] }).messages.map(({ seq }) => seq)
}

function seqOf(outcome: Outcome): number[] {
  return 'ok' in outcome ? [(outcome.ok as { result: { seq: number } }).result.seq] : []
}

function isUnavailable(outcome: Outcome): boolean {
  return 'unavailable' in outcome
}
