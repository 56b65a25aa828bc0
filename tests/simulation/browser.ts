/** Browser: what the pages of one person have in common: locks, channels, a device, and perhaps one connection. */

import type { DeviceStorage } from '../../packages/client/src/offline/storage.ts'
import type { Channels } from '../../packages/client/src/tabs/channels.ts'
import type { Locks } from '../../packages/client/src/tabs/locks.ts'
import { createFakeChannels, type FakeChannels } from '../../packages/client/src/testing/fake-channels.ts'
import { createFakeLocks } from '../../packages/client/src/testing/fake-locks.ts'
import { createMemoryDevice, type MemoryDevice } from '../../packages/client/src/testing/memory-storage.ts'
import type { Link } from './link.ts'
import type { VirtualTime } from './virtual-time.ts'

export class Browser {
  /** Whether its pages share a connection. */
  readonly isShared: boolean
  /** The newest connection of any of its pages, and whose it is. */
  link: Link | undefined
  linkOwner: Page | undefined
  /** By message: the page on which it was typed last. */
  readonly typedOn = new Map<string, Page>()
  readonly #locks = createFakeLocks()
  readonly #channels: FakeChannels
  readonly #device: MemoryDevice

  constructor(isShared: boolean, time: VirtualTime, random: () => number) {
    this.isShared = isShared
    const clock = {
      now: () => time.now,
      after: (ms: number, run: () => void) => {
        const due = time.after(ms, run)
        return () => {
          due.isStopped = true
        }
      },
    }
    // Mostly at once, as between processes that have nothing else to do.
    this.#channels = createFakeChannels(clock, () => (random() < 0.05 ? random() * 300 : random() * 5))
    // Now and then the disk has other things to do. Nothing that a client keeps is changed later, so it needs no copy.
    this.#device = createMemoryDevice(
      () => new Promise((resolve) => void time.after(random() < 0.05 ? random() * 400 : random() * 10, resolve)),
      (record) => record,
    )
  }

  /** What lies in the outboxes on the device, whosever page they are. */
  get kept(): KeptSend[] {
    return [...this.#device.records].flatMap(([key, record]) => {
      const [kind, , , roomId = ''] = JSON.parse(key) as string[]
      const entries = kind === 'outbox' ? (record as { id: string; phase: string }[]) : []
      return entries.map(({ id, phase }) => ({ roomId, id, phase }))
    })
  }

  openPage(tab: Tab = { memory: new Map(), typed: new Set() }): Page {
    const [locks, channels, device] = [this.#locks.openPage(), this.#channels.openPage(), this.#device.openPage()]
    return {
      browser: this,
      tab,
      storage: device.storage,
      locks: locks.locks,
      channels: channels.channels,
      freeze: channels.freeze,
      stopWriting: device.die,
      kill() {
        device.die()
        // What it said, and nobody has heard yet, is lost; then its locks are free.
        channels.die()
        locks.die()
      },
    }
  }
}

// --- types ---

/** One page of a browser. */
export interface Page {
  browser: Browser
  tab: Tab
  storage: DeviceStorage
  locks: Locks
  channels: Channels
  /** It hears nothing from other pages until the function that this gives is called. */
  freeze(): () => void
  /** Nothing that it hasn't finished writing is ever written. */
  stopWriting(): void
  /** It is gone, without a word. */
  kill(): void
}

/** What one page of a tab hands to the next. */
export interface Tab {
  memory: Map<string, string>
  /** What was typed in it, and no other tab has taken over. */
  typed: Set<string>
}

export interface KeptSend {
  roomId: string
  id: string
  phase: string
}
