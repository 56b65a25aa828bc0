import { expect, test } from 'vitest'
import { openForWriting } from './database.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()

test('[G1] every commit is synced to the disk, through the cache of the drive on macOS too', () => {
  const database = openForWriting(newPath(), 0)
  const pragmas = ['journal_mode', 'synchronous', 'fullfsync', 'checkpoint_fullfsync']
  const values = pragmas.map((name) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  database.close()
  // 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
  expect(values).toEqual(['wal', 2, 1, 1])
})
