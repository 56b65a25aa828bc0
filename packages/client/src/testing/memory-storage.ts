/** MemoryStorage: a device storage for tests and simulations, with pages that go in the middle of a write. */
import type { DeviceStorage, Key, Records } from '../offline/storage.ts'

export interface MemoryDevice {
  /** The storage as a page of this device sees it. */
  openPage(): MemoryPage
  /** Everything that is kept, by its key. */
  readonly records: ReadonlyMap<string, unknown>
}

export interface MemoryPage {
  storage: DeviceStorage
  /** The page is gone: what it hasn't finished writing never happened. */
  die(): void
}

/**
 * `delay`: how long a transaction takes before it is done; at once without one. `copy`: for who is sure that nothing of
 * what is kept is changed later.
 */
export function createMemoryDevice(
  delay: () => Promise<void> = () => Promise.resolve(),
  copy: <T>(record: T) => T = structuredClone,
): MemoryDevice {
  let kept = new Map<string, unknown>()
  let last: Promise<unknown> = Promise.resolve()

  return {
    get records() {
      return kept
    },
    openPage() {
      let isAlive = true
      const transact = <T>(work: (records: Records) => Promise<T>): Promise<T> => {
        const run = async (): Promise<T> => {
          if (!isAlive) return new Promise(() => {})
          const mine = new Map(kept)
          const result = await work(recordsOf(mine, copy))
          await delay()
          // Its page is gone: nobody is there to be told either.
          if (!isAlive) return new Promise(() => {})
          kept = mine
          return result
        }
        if (!isAlive) return new Promise(() => {})
        const before = last
        const turn = before.then(run)
        // The next one begins when this one has ended, or its page is gone; never before the ones before have ended.
        last = before.then(() => Promise.race([turn, gone])).catch(() => {})
        return turn
      }
      let die: () => void = () => {}
      const gone = new Promise<void>((resolve) => {
        die = () => {
          isAlive = false
          resolve()
        }
      })
      return { storage: { transact }, die: () => die() }
    },
  }
}

function recordsOf(map: Map<string, unknown>, copy: <T>(record: T) => T): Records {
  const find = (prefix: Key): string[] => {
    const whole = JSON.stringify(prefix)
    const start = `${whole.slice(0, -1)}${prefix.length > 0 ? ',' : ''}`
    return [...map.keys()].filter((key) => key === whole || key.startsWith(start)).sort(byParts)
  }
  return {
    get: (key) => Promise.resolve(copy(map.get(JSON.stringify(key)))),
    list: (prefix) => Promise.resolve(find(prefix).map((key) => [JSON.parse(key) as Key, copy(map.get(key))] as const)),
    put(key, record) {
      try {
        map.set(JSON.stringify(key), copy(record))
        return Promise.resolve()
      } catch (error) {
        return Promise.reject(error as Error)
      }
    },
    delete(prefix) {
      for (const key of find(prefix)) map.delete(key)
      return Promise.resolve()
    },
  }
}

/** Part by part, as IndexedDB orders them. */
function byParts(one: string, other: string): number {
  const [left, right] = [JSON.parse(one) as string[], JSON.parse(other) as string[]]
  const at = left.findIndex((part, index) => part !== right[index])
  if (at < 0) return left.length - right.length
  const rival = right[at]
  return rival === undefined || (left[at] as string) > rival ? 1 : -1
}
