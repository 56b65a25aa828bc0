/** IndexedDbStorage: the device storage of a browser; its one database is opened when it is first used. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { DeviceStorage, Key, Records } from './storage.ts'

/** The IndexedDB of this page under this name; undefined where there is none: Node, React Native, a sandboxed frame. */
export function findIndexedDb(name: string): DeviceStorage | undefined {
  try {
    return typeof indexedDB === 'undefined' ? undefined : createIndexedDbStorage(name)
  } catch {
    return undefined
  }
}

export function createIndexedDbStorage(name: string): DeviceStorage {
  let opening: Promise<Database> | undefined
  const open = (): Promise<Database> => {
    // A failure is for good: whoever asks goes on in memory. A newer version of ours is such a failure.
    opening ??= openDB<Schema>(name, FORMAT, {
      upgrade(database, oldVersion) {
        if (oldVersion === 0) database.createObjectStore('records')
      },
      // A page of a newer version waits for this one to let go.
      blocking: (_current, _next, event) => (event.target as IDBDatabase).close(),
    })
    return opening
  }

  return {
    async transact(work) {
      const database = await open()
      // Relaxed: the system has it, so a crash of the browser loses nothing; a power cut may lose the last moments.
      const transaction = database.transaction('records', 'readwrite', { durability: 'relaxed' })
      const { store } = transaction
      const records: Records = {
        get: (key) => store.get([...key]),
        async list(prefix) {
          const range = rangeOf(prefix)
          const [keys, values] = await Promise.all([store.getAllKeys(range), store.getAll(range)])
          return keys.map((key, at) => [key, values[at]] as const)
        },
        async put(key, record) {
          await store.put(record, [...key])
        },
        delete: (prefix) => store.delete(rangeOf(prefix)),
      }
      try {
        const result = await work(records)
        await transaction.done
        return result
      } catch (error) {
        transaction.done.catch(() => {})
        try {
          transaction.abort()
        } catch {
          // It has ended by itself.
        }
        throw error
      }
    },
  }
}

/** Of what the records look like. A change of it needs an upgrade here; an older client takes a newer one for none. */
const FORMAT = 1

/** Everything that begins with these parts: among keys, an array comes after every string. */
function rangeOf(prefix: Key): IDBKeyRange {
  return IDBKeyRange.bound([...prefix], [...prefix, []])
}

// --- types ---

interface Schema extends DBSchema {
  records: { key: string[]; value: unknown }
}

type Database = IDBPDatabase<Schema>
