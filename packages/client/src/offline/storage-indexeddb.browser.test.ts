import { describe, expect, test } from 'vitest'
import { testDeviceStorage } from './storage.contract.ts'
import { createIndexedDbStorage } from './storage-indexeddb.ts'

describe('IndexedDB', () => {
  testDeviceStorage(() => {
    const name = `parlor test ${crypto.randomUUID()}`
    return () => createIndexedDbStorage(name)
  })

  test('a database of a newer version is left alone', async () => {
    const name = `parlor test ${crypto.randomUUID()}`
    const newer = await openNewer(name)
    newer.close()
    const transacting = createIndexedDbStorage(name).transact((records) => records.list([]))
    await expect(transacting).rejects.toMatchObject({ name: 'VersionError' })
  })

  test('a page lets go of its database when a newer version waits for it, and goes on without', async () => {
    const name = `parlor test ${crypto.randomUUID()}`
    const storage = createIndexedDbStorage(name)
    await storage.transact((records) => records.put(['a'], 1))
    const newer = await openNewer(name)
    await expect(storage.transact((records) => records.get(['a']))).rejects.toMatchObject({ name: 'InvalidStateError' })
    newer.close()
  })
})

function openNewer(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1_000)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error as Error)
  })
}
