/** Device keeps what a page leaves behind for the one that comes after it, as a browser's storage does. */
import type { Runtime } from '@parlor/client'

/** In memory: it lives as long as the run. */
export class Device {
  #records = new Map<string, unknown>()
  #last: Promise<unknown> = Promise.resolve()

  openPage(): DevicePage {
    let isAlive = true
    const transact: DeviceStorage['transact'] = (work) => {
      const turn = this.#last.then(async () => {
        const mine = new Map(this.#records)
        const result = await work(recordsOf(mine))
        // A page that is gone leaves all of it or nothing, and nobody is there to be told.
        if (!isAlive) return new Promise<never>(() => {})
        this.#records = mine
        return result
      })
      this.#last = Promise.race([turn, gone.promise]).catch(() => {})
      return turn
    }
    const gone = Promise.withResolvers<void>()
    return {
      openStorage: () => ({ transact }),
      die() {
        isAlive = false
        gone.resolve()
      },
    }
  }
}

/** Keys are JSON, so that a prefix is a prefix of parts. */
function recordsOf(map: Map<string, unknown>): Records {
  const begins = (key: string, prefix: readonly string[]): boolean => {
    const parts = JSON.parse(key) as string[]
    return prefix.every((part, index) => parts[index] === part)
  }
  const find = (prefix: readonly string[]): string[] => [...map.keys()].filter((key) => begins(key, prefix)).sort()
  return {
    get: async (key) => structuredClone(map.get(JSON.stringify(key))),
    list: async (prefix) =>
      find(prefix).map((key) => [JSON.parse(key) as string[], structuredClone(map.get(key))] as const),
    put: async (key, record) => void map.set(JSON.stringify(key), structuredClone(record)),
    delete: async (prefix) => {
      for (const key of find(prefix)) map.delete(key)
    },
  }
}

// --- types ---

export interface DevicePage {
  openStorage: Runtime['openStorage']
  /** The page is gone, in the middle of whatever it wrote. */
  die(): void
}

type DeviceStorage = NonNullable<ReturnType<Runtime['openStorage']>>

type Records = Parameters<Parameters<DeviceStorage['transact']>[0]>[0]
