/** Page: this client among the others of its origin: an id that survives a reload, and word of those that are gone. */
import type { Clock } from '../clock.ts'
import type { HeldLock, Locks } from './locks.ts'

/** An id that no other living page has: it is held as a lock, so the platform tells the others when the page is gone. */
export interface Page {
  /** The same after a reload. Another one after a `resume` if somebody else has taken it in between. */
  readonly id: string
  /**
   * Fulfilled when no page has this id: it was closed, it crashed, or it stands still for the back button. A reload looks
   * like it too, for a moment. Rejects when `signal` takes the question back.
   */
  whenGone(id: string, signal?: AbortSignal): Promise<void>
  /** Holds the id of a page that is gone, so that it can't come back in the middle; undefined while it is there. */
  tryHold(id: string): Promise<HeldLock | undefined>
  /** Lets go of the id: a held lock keeps a page out of the back/forward cache. */
  suspend(): void
  /** Takes the id again. */
  resume(): Promise<void>
  /** Lets go of the id for good. */
  close(): void
}

/** Strings that live as long as a tab does, over its reloads. */
export interface TabMemory {
  get(key: string): string | null
  set(key: string, value: string): void
}

/**
 * Takes an id for this page. `scope` keeps clients of several services on one page apart. A duplicated tab has a copy of
 * the memory: its id is held by the original, so it takes a new one; and so does a second client of the same page.
 */
export async function takePage({ locks, memory, clock, newId }: PageDeps, scope: string): Promise<Page> {
  const key = `parlor page ${scope}`
  let id = memory?.get(key) ?? newId()
  let held: HeldLock | undefined
  /** Counts changes of mind: a lock that comes after one is given back. */
  let turn = 0

  const take = async (): Promise<void> => {
    turn += 1
    const mine = turn
    for (const waitMs of [...TRIES_MS, undefined]) {
      const lock = await locks.tryRequest(nameOf(id))
      if (mine !== turn) {
        lock?.release()
        return
      }
      if (lock) {
        held = lock
        break
      }
      // The page that is being reloaded may not be gone yet, and whoever waits for it holds the lock for an instant.
      if (waitMs === undefined) break
      await new Promise<void>((resolve) => void clock.after(waitMs, resolve))
      if (mine !== turn) return
    }
    if (!held) {
      id = newId()
      const lock = await locks.request(nameOf(id))
      if (mine === turn) held = lock
      else lock.release()
    }
    memory?.set(key, id)
  }
  const letGo = (): void => {
    turn += 1
    held?.release()
    held = undefined
  }
  await take()

  return {
    get id() {
      return id
    },
    async whenGone(other, signal) {
      const lock = await locks.request(nameOf(other), signal)
      lock.release()
    },
    tryHold: (other) => locks.tryRequest(nameOf(other)),
    suspend: letGo,
    resume: () => (held ? Promise.resolve() : take()),
    close: letGo,
  }
}

/** The memory of this tab; undefined where there is none: Node, workers, or a browser that refuses it. */
export function findTabMemory(): TabMemory | undefined {
  try {
    const storage = globalThis.sessionStorage as Storage | undefined
    if (!storage) return undefined
    return {
      get: (key) => storage.getItem(key),
      set(key, value) {
        try {
          storage.setItem(key, value)
        } catch {
          // It is full: the page gets a new id at its next reload.
        }
      },
    }
  } catch {
    return undefined
  }
}

/** How long to wait before each next try for the own id: a reload takes so long at most. */
const TRIES_MS = [20, 80, 200]

function nameOf(id: string): string {
  return `parlor page ${id}`
}

// --- types ---

export interface PageDeps {
  locks: Locks
  memory: TabMemory | null
  clock: Clock
  newId: () => string
}
