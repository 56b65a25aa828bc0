import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { describeStoreContract } from '../store.contract.ts'
import { createSqliteStore } from './sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlor-'))
let count = 0

describeStoreContract('SqliteStore', async ({ now }) => {
  const path = join(folder, `${++count}.db`)
  const onError = (error: Error) => {
    throw error
  }
  return createSqliteStore({ path, now, onError })
})

afterAll(() => rmSync(folder, { recursive: true }))
