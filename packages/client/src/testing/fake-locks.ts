/** FakeLocks: the locks of an origin whose pages live and die as a test says. */
import type { HeldLock, Locks } from '../tabs/locks.ts'

export interface FakeLocks {
  /** A page of this origin. */
  openPage(): FakeLockPage
  isHeld(name: string): boolean
}

export interface FakeLockPage {
  locks: Locks
  /** The page is gone, however it went: what it holds is free, and nothing that it waits for comes. */
  die(): void
}

export function createFakeLocks(): FakeLocks {
  /** By name: the holder, and those who wait, in order. */
  const queues = new Map<string, Claim[]>()

  const grant = (name: string): void => {
    const first = queues.get(name)?.[0]
    if (!first || first.isHeld) return
    first.isHeld = true
    first.resolve({ release: () => drop(name, first) })
  }
  const drop = (name: string, claim: Claim): void => {
    const queue = queues.get(name) ?? []
    const rest = queue.filter((other) => other !== claim)
    if (rest.length > 0) queues.set(name, rest)
    else queues.delete(name)
    if (rest.length < queue.length) grant(name)
  }

  return {
    isHeld: (name) => queues.has(name),
    openPage() {
      const page = { isAlive: true }
      return {
        locks: {
          request: (name, signal) =>
            new Promise((resolve, reject) => {
              if (!page.isAlive) return
              const claim: Claim = { page, isHeld: false, resolve }
              queues.set(name, [...(queues.get(name) ?? []), claim])
              const takeBack = (): void => {
                if (claim.isHeld) return
                drop(name, claim)
                reject(signal?.reason as Error)
              }
              signal?.addEventListener('abort', takeBack)
              grant(name)
            }),
          tryRequest(name) {
            if (!page.isAlive) return new Promise(() => {})
            if (queues.has(name)) return Promise.resolve(undefined)
            return new Promise<HeldLock>((resolve) => {
              queues.set(name, [{ page, isHeld: false, resolve }])
              grant(name)
            })
          },
        },
        die() {
          page.isAlive = false
          for (const [name, queue] of [...queues]) {
            for (const claim of queue) if (claim.page === page) drop(name, claim)
          }
        },
      }
    },
  }
}

// --- types ---

interface Claim {
  page: { isAlive: boolean }
  isHeld: boolean
  resolve(lock: HeldLock): void
}
