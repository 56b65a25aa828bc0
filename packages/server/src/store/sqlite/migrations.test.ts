import { expect, test } from 'vitest'
import { type Database, openForWriting } from './database.ts'
import { MIGRATIONS, migrate } from './migrations.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()
const extra = {
  name: 'colors',
  sql: 'ALTER TABLE rooms ADD COLUMN color TEXT; CREATE TABLE colors (name TEXT) STRICT;',
}

test('an empty database gets every step once, and is remembered to have them', () => {
  const database = openForWriting(newPath(), 0)
  migrate(database, 'x.db', 5)
  migrate(database, 'x.db', 6)
  expect(ran(database)).toEqual(MIGRATIONS.map(({ name }, index) => [index + 1, name, 5]))
  migrate(database, 'x.db', 7, [...MIGRATIONS, extra])
  expect(ran(database).at(-1)).toEqual([MIGRATIONS.length + 1, 'colors', 7])
  expect(columns(database, 'rooms')).toContain('color')
  database.close()
})

test('a step that fails leaves nothing of itself, and those before it stay', () => {
  const database = openForWriting(newPath(), 0)
  const broken = { name: 'broken', sql: `${extra.sql} CREATE TABLE colors (name TEXT) STRICT;` }
  expect(() => migrate(database, 'x.db', 5, [...MIGRATIONS, broken])).toThrow('table colors already exists')
  expect(ran(database)).toHaveLength(MIGRATIONS.length)
  expect(columns(database, 'rooms')).not.toContain('color')
  migrate(database, 'x.db', 5, [...MIGRATIONS, extra])
  database.close()
})

test("the database of a newer version is refused, and so is somebody else's", () => {
  const database = openForWriting(newPath(), 0)
  migrate(database, 'x.db', 5, [...MIGRATIONS, extra])
  expect(() => migrate(database, 'x.db', 5)).toThrow(
    /^The database x\.db was written by a newer version of Parlor \(sch.+$/,
  )
  database.close()
  const other = openForWriting(newPath(), 0)
  other.exec('CREATE TABLE "User" (id TEXT)')
  expect(() => migrate(other, 'x.db', 5)).toThrow(/^The database x\.db holds the tables of something else: .+$/)
  expect(columns(other, 'rooms')).toEqual([])
  other.close()
})

function ran(database: Database): unknown[][] {
  return database
    .prepare('SELECT * FROM parlor_migrations ORDER BY number')
    .all()
    .map((row) => Object.values(row))
}

function columns(database: Database, table: string): unknown[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map((row) => row.name)
}
