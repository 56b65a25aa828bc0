/** Locks: names that one page of an origin holds at a time. The platform frees them when the page is gone, however it went. */

export interface Locks {
  /** Waits for its turn. `signal` takes a request back that still waits (it rejects); a lock that is held stays held. */
  request(name: string, signal?: AbortSignal): Promise<HeldLock>
  /** Takes the name if nobody holds it or waits for it; undefined otherwise. */
  tryRequest(name: string): Promise<HeldLock | undefined>
}

export interface HeldLock {
  release(): void
}

/** The Web Locks of this page; undefined where there are none: an insecure origin, Node, React Native. */
export function findWebLocks(): Locks | undefined {
  const manager = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
  if (!manager) return undefined
  /** The lock is held for as long as the callback's promise is pending. */
  const take = (name: string, options: LockOptions): Promise<HeldLock | undefined> =>
    new Promise((resolve, reject) => {
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        if (lock) return new Promise<void>((release) => resolve({ release }))
        resolve(undefined)
        return undefined
      }
      manager.request(name, options, hold).catch(reject)
    })
  return {
    request: async (name, signal) => (await take(name, signal ? { signal } : {})) as HeldLock,
    tryRequest: (name) => take(name, { ifAvailable: true }),
  }
}
