import { uuidv7 } from '@parlor/protocol'
import { expect, test } from 'vitest'
import type { RoomQuery } from '../rooms.ts'
import { BatchWriter } from './batch-writer.ts'
import { type Database, openForReading, openForWriting } from './database.ts'
import { migrate } from './migrations.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()

test('[G12] a thousand readers of a room cost no more statements than two', () => {
  const path = newPath()
  const database = openForWriting(path, 0)
  migrate(database, path, 0)
  const people = Array.from({ length: 1_000 }, (_, i) => ({ id: `person-${i}`, name: null, picture: null }))
  const members = people.map((user) => ({ user, role: 'member' as const }))
  const messageId = uuidv7()
  const sent = {
    actor: { user: people[0] },
    roomId: 'room',
    isOpen: false,
    messageId,
    text: 'hi',
    hash: 'h',
    attempt: 1,
  }
  new BatchWriter(database, 'start').write([
    { name: 'upsertRoom', args: [{ roomId: 'room', members }], nowMs: 0 },
    { name: 'sendMessage', args: [sent], nowMs: 0 },
  ])
  const counted = countStatements(openForReading(path, 0))
  const reader = new SnapshotReader(counted.database, 'start')
  const statementsFor = (count: number): number => {
    const before = counted.statements()
    const newest = { id: messageId, seq: 1_002 }
    const readers = people.slice(0, count).map(({ id: userId }, seq) => ({
      userId,
      since: { epoch: 'start', seq, newest },
      limit: 50,
    }))
    const query: RoomQuery = { roomId: 'room', isOpen: false, readers, extra: { members: 5_000 } }
    expect(reader.read({ name: 'readRoom', args: [query], nowMs: 0 })).toHaveProperty('ok.head', 1_002)
    return counted.statements() - before
  }
  expect(statementsFor(1_000)).toBe(statementsFor(2))
  expect(statementsFor(1_000)).toBeLessThanOrEqual(12)
  counted.database.close()
  database.close()
})

/** A database that counts the statements that are run on it. */
function countStatements(database: Database): { database: Database; statements: () => number } {
  let statements = 0
  const prepare = database.prepare.bind(database)
  database.prepare = (sql: string) =>
    new Proxy(prepare(sql), {
      get(statement, key) {
        if (key === 'get' || key === 'all') statements++
        const value = Reflect.get(statement, key)
        return typeof value === 'function' ? value.bind(statement) : value
      },
    })
  return { database, statements: () => statements }
}
