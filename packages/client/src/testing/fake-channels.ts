/** FakeChannels: the channels of an origin whose pages live and die as a test says, and whose messages take their time. */
import type { Clock } from '../clock.ts'
import type { Channel, Channels } from '../tabs/channels.ts'

export interface FakeChannels {
  /** A page of this origin. */
  openPage(): FakeChannelPage
  /** Channels that are open under this name. */
  count(name: string): number
}

export interface FakeChannelPage {
  channels: Channels
  /** The page is gone: it hears nothing more, and what it said and nobody has heard yet is lost. */
  die(): void
  /**
   * The page stands still until the function that this gives is called: then it hears everything that came meanwhile. One
   * that is frozen several times goes on when each of them is over.
   */
  freeze(): () => void
}

/** @param lag ms until a message is heard; in order all the same, from one channel object to another */
export function createFakeChannels(clock: Clock, lag: () => number = () => 0): FakeChannels {
  const ends = new Set<End>()

  const deliver = (from: End, to: End, message: unknown): void => {
    const at = Math.max(clock.now() + lag(), to.heardUntil.get(from) ?? 0)
    to.heardUntil.set(from, at)
    clock.after(at - clock.now(), () => {
      if (!from.page.isAlive || !ends.has(to)) return
      if (to.page.frozen) to.page.frozen.push(() => ends.has(to) && to.hear(message))
      else to.hear(message)
    })
  }

  return {
    count: (name) => [...ends].filter((end) => end.name === name).length,
    openPage() {
      const page: Page = { isAlive: true, freezes: 0, frozen: undefined }
      const open: Channels['open'] = (name, hear): Channel => {
        const end: End = { name, page, hear, heardUntil: new Map() }
        if (page.isAlive) ends.add(end)
        return {
          post(message) {
            if (!ends.has(end)) return
            for (const other of ends) {
              if (other !== end && other.name === name) deliver(end, other, structuredClone(message))
            }
          },
          close: () => void ends.delete(end),
        }
      }
      return {
        channels: { open },
        die() {
          page.isAlive = false
          for (const end of [...ends]) if (end.page === page) ends.delete(end)
        },
        freeze() {
          page.freezes += 1
          page.frozen ??= []
          return () => {
            page.freezes -= 1
            // It was frozen once more meanwhile.
            if (page.freezes > 0) return
            const kept = page.frozen ?? []
            page.frozen = undefined
            for (const run of kept) run()
          }
        },
      }
    },
  }
}

// --- types ---

interface Page {
  isAlive: boolean
  /** How often it stands still now. */
  freezes: number
  /** What it will hear when it goes on; undefined while it runs. */
  frozen: (() => unknown)[] | undefined
}

/** One channel object. */
interface End {
  name: string
  page: Page
  hear(message: unknown): void
  /** When the newest message from each of the others arrives. */
  heardUntil: Map<End, number>
}
