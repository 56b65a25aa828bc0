/** FakeDevice: what outlives a page, in the memory of a test. */
import type { Runtime } from '@parlor/client'

export interface FakeDevice {
  runtime: Pick<Runtime, 'openStorage'>
  /** Everything that is kept, by its key. */
  readonly records: ReadonlyMap<string, unknown>
}

export function createFakeDevice(): FakeDevice {
  let kept = new Map<string, unknown>()
  let last: Promise<unknown> = Promise.resolve()
  const storage: Storage = {
    transact(work) {
      const done = last.then(async () => {
        const records = new Map(kept)
        const find = (prefix: readonly string[]) =>
          [...records].filter(([key]) => `${key},`.startsWith(`${prefix.join()},`) || prefix.length === 0)
        const result = await work({
          get: (key) => Promise.resolve(records.get(key.join())),
          list: (prefix) => Promise.resolve(find(prefix).map(([key, record]) => [key.split(','), record] as const)),
          put: (key, record) => Promise.resolve(void records.set(key.join(), structuredClone(record))),
          async delete(prefix) {
            for (const [key] of find(prefix)) records.delete(key)
          },
        })
        kept = records
        return result
      })
      last = done.catch(() => {})
      return done
    },
  }
  return {
    runtime: { openStorage: () => storage },
    get records() {
      return kept
    },
  }
}

// --- types ---

type Storage = NonNullable<ReturnType<Runtime['openStorage']>>
