/** Browser: what the pages of one person have in common: locks, channels, and perhaps one connection. */

import type { Channels } from '../../packages/client/src/tabs/channels.ts'
import type { Locks } from '../../packages/client/src/tabs/locks.ts'
import { createFakeChannels, type FakeChannels } from '../../packages/client/src/testing/fake-channels.ts'
import { createFakeLocks } from '../../packages/client/src/testing/fake-locks.ts'
import type { Link } from './link.ts'
import type { VirtualTime } from './virtual-time.ts'

export class Browser {
  /** Whether its pages share a connection. */
  readonly isShared: boolean
  /** The newest connection of any of its pages, and whose it is. */
  link: Link | undefined
  linkOwner: Page | undefined
  readonly #locks = createFakeLocks()
  readonly #channels: FakeChannels

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
  }

  openPage(): Page {
    const [locks, channels] = [this.#locks.openPage(), this.#channels.openPage()]
    return {
      browser: this,
      locks: locks.locks,
      channels: channels.channels,
      freeze: channels.freeze,
      kill() {
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
  locks: Locks
  channels: Channels
  /** It hears nothing from other pages until the function that this gives is called. */
  freeze(): () => void
  /** It is gone, without a word. */
  kill(): void
}
