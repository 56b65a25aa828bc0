/** Shelf: where the outbox of one room is kept, and whether what it holds now lies there already. */
import type { Entry } from '../outbox-entry.ts'
import { isSameKept, type KeptEntry, keepEntries } from './kept-entry.ts'

/** What the outbox knows of it. */
export interface Shelf {
  /** The outbox holds these from now on. */
  changed(entries: readonly Entry[]): void
  /**
   * Whether an entry may go on the wire: it lies on the device just so, or nothing is kept at all. What may have been sent
   * can then never be forgotten by a crash.
   */
  mayGo(entry: Entry): boolean
  /** Runs when the outbox, as it is now, is kept; at once if it is or can't be. Until then nothing goes on the wire. */
  whenKept(run: () => void): void
  /**
   * It lies on the device and can't be taken away there: nothing is written any more, or another page may have taken it
   * over while this one stood still. `as`: and it lies there so.
   */
  isStuck(id: string, as?: KeptEntry['phase']): boolean
}

/** What whoever writes it knows of it. */
export interface ShelfKeeper extends Shelf {
  /** What to write now; undefined if it lies there already. */
  unkept(): ShelfContent | undefined
  /** What the shelf would be if it were written now. */
  readonly content: readonly KeptEntry[]
  /** Ids that lie on the device, as far as is known. */
  keptIds(): readonly string[]
  /** This lies on the device now. */
  kept(content: ShelfContent): void
  /** `open`: it is written. `closed`: nothing may be sent. `off`: nothing is kept. */
  setMode(mode: ShelfMode): void
  /** Another user's now: nothing lies on it. */
  clear(): void
  /** The client is over: what its outbox drops stays on the device. */
  freeze(): void
}

export function createShelf(deps: ShelfDeps): ShelfKeeper {
  let mode: ShelfMode = deps.mode
  let content: readonly KeptEntry[] = []
  let version = 0
  let keptVersion = 0
  let onDevice: readonly KeptEntry[] = []
  let isFrozen = false
  let waiters: { version: number; run: () => void }[] = []

  const settle = (): void => {
    const due = waiters.filter((waiter) => waiter.version <= keptVersion || mode === 'off')
    waiters = waiters.filter((waiter) => !due.includes(waiter))
    for (const { run } of due) run()
    deps.onSettled()
  }

  return {
    get content() {
      return content
    },
    changed(entries) {
      if (isFrozen) return
      const next = keepEntries(entries)
      const isSame =
        next.length === content.length && next.every((one, at) => isSameKept(one, content[at] as KeptEntry))
      if (isSame) return
      content = next
      version += 1
      deps.onChanged()
    },
    mayGo(entry) {
      if (mode !== 'open' || waiters.length > 0) return mode === 'off'
      if (entry.phase === 'cancelling') return true
      return onDevice.some(({ id, text, data }) => id === entry.id && text === entry.text && data === entry.data)
    },
    whenKept(run) {
      if (mode === 'off' || version === keptVersion) run()
      else waiters.push({ version, run })
    },
    isStuck: (id, as) =>
      mode !== 'open' && onDevice.some((kept) => kept.id === id && (as === undefined || kept.phase === as)),
    unkept: () => (version === keptVersion ? undefined : { entries: content, version }),
    keptIds: () => onDevice.map(({ id }) => id),
    kept(written) {
      onDevice = written.entries
      keptVersion = written.version
      settle()
    },
    setMode(next) {
      mode = next
      settle()
    },
    clear() {
      onDevice = []
      keptVersion = -1
    },
    freeze() {
      isFrozen = true
    },
  }
}

/** Of a client that keeps nothing. */
export const NO_SHELF: Shelf = {
  changed: () => {},
  mayGo: () => true,
  whenKept: (run) => run(),
  isStuck: () => false,
}

// --- types ---

export type ShelfMode = 'open' | 'closed' | 'off'

export interface ShelfContent {
  entries: readonly KeptEntry[]
  version: number
}

export interface ShelfDeps {
  mode: ShelfMode
  onChanged(): void
  /** What waited for the device may go on. */
  onSettled(): void
}
