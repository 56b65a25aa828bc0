/** FakeBrowser: tabs that come and go on one device, with what they share and what outlives them. */
import type { Runtime } from '../runtime.ts'
import { createFakeLocks } from './fake-locks.ts'
import { createMemoryDevice } from './memory-storage.ts'

export interface FakeBrowser {
  /** A page of a tab. The same tab again is a reload of it. */
  openPage(tab?: Map<string, string>): FakePage
  readonly records: ReadonlyMap<string, unknown>
}

export interface FakePage {
  runtime: Pick<Runtime, 'locks' | 'tabMemory' | 'openStorage'>
  /** It is gone, however it went: what it hasn't finished writing never happened. */
  die(): void
}

/** `delay` and `copy` of its device: see `createMemoryDevice`. */
export function createFakeBrowser(delay?: () => Promise<void>, copy?: <T>(record: T) => T): FakeBrowser {
  const device = createMemoryDevice(delay, copy)
  const locks = createFakeLocks()
  return {
    get records() {
      return device.records
    },
    openPage(tab = new Map()) {
      const storagePage = device.openPage()
      const lockPage = locks.openPage()
      return {
        runtime: {
          locks: lockPage.locks,
          tabMemory: { get: (key) => tab.get(key) ?? null, set: (key, value) => void tab.set(key, value) },
          openStorage: () => storagePage.storage,
        },
        die() {
          storagePage.die()
          lockPage.die()
        },
      }
    },
  }
}
