import { describeStoreContract } from '../store.contract.ts'
import { createSqliteStore } from './sqlite-store.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()

describeStoreContract('SqliteStore', ({ now }) => {
  const onError = (error: Error) => {
    throw error
  }
  // What is tested here is never how long something takes.
  return createSqliteStore({ path: newPath(), now, onError, timeoutMs: 60_000 })
})
