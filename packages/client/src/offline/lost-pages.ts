/** LostPages: finds the pages that are gone and left something behind, so that a living one takes it over. */
import type { Cancel, Clock } from '../clock.ts'
import type { Page } from '../tabs/page.ts'

export interface LostPages {
  /** Looks now, and from time to time until `stop`. */
  start(): void
  stop(): void
}

/** How long a page may be away before it is given up: a reload takes less. */
const GRACE_MS = 5_000

/** How often a page looks for others that are gone. */
const LOOK_MS = 10_000

export function createLostPages({ clock, page, findPages, adopt, addJob }: LostPagesDeps): LostPages {
  /** Gone when they were last looked for. */
  let missing = new Set<string>()
  let stopTimer: Cancel | undefined
  /** Counts starts and stops: a look that was begun before the last one is void. */
  let turn = 0

  const look = async (mine: number): Promise<void> => {
    if (mine !== turn) return
    const gone = new Set<string>()
    for (const other of await findPages()) {
      // Held meanwhile, so that a page that comes back now takes another id and finds nothing.
      const held = await page.tryHold(other)
      if (!held) continue
      try {
        if (missing.has(other)) await adopt(other)
        else gone.add(other)
      } finally {
        held.release()
      }
    }
    if (mine !== turn) return
    missing = gone
    stopTimer = clock.after(gone.size > 0 ? GRACE_MS : LOOK_MS, () => addJob(() => look(mine)))
  }
  const stop = (): void => {
    turn += 1
    stopTimer?.()
    missing = new Set()
  }

  return {
    start() {
      stop()
      const mine = turn
      addJob(() => look(mine))
    },
    stop,
  }
}

// --- types ---

export interface LostPagesDeps {
  clock: Clock
  page: Page
  /** The other pages that something is kept for. */
  findPages(): Promise<readonly string[]>
  adopt(pageId: string): Promise<void>
  addJob(job: () => Promise<void>): void
}
