/** Window: the interval of a room's history that is loaded, in seqs of creation. Every message in it is held. */
import type { MessageRow } from '@parlor/protocol'

/**
 * Both ends belong to it. `low` 0: nothing older exists. `high` Infinity: it reaches the live end, so what is created
 * next belongs to it too.
 */
export interface Window {
  readonly low: number
  readonly high: number
}

export function isInside(window: Window, seq: number): boolean {
  return seq >= window.low && seq <= window.high
}

/** The window of a page that stands alone. */
export function windowOf(page: Page): Window {
  return { low: lowEdge(page), high: highEdge(page) }
}

/** The window after the page before its oldest message. */
export function extendOlder(window: Window, page: Page): Window {
  return { low: lowEdge(page), high: window.high }
}

/** The window after the page after its newest message. */
export function extendNewer(window: Window, page: Page): Window {
  return { low: window.low, high: highEdge(page) }
}

/**
 * Puts rows where their seq of creation belongs: newer versions replace, older ones do nothing, and a row that isn't
 * held is inserted only inside the window (outside, it would leave an invisible hole beside it). The same array if
 * nothing changed.
 */
export function mergeRows(
  held: readonly MessageRow[],
  window: Window,
  rows: readonly MessageRow[],
): readonly MessageRow[] {
  let merged: MessageRow[] | undefined
  for (const row of rows) {
    const current: readonly MessageRow[] = merged ?? held
    const at = indexOfSeq(current, row.seq)
    const old = current[at]
    const isHeld = old?.seq === row.seq
    if (isHeld ? row.version <= old.version : !isInside(window, row.seq)) continue
    merged ??= held.slice()
    merged.splice(at, isHeld ? 1 : 0, row)
  }
  return merged ?? held
}

/** The first index whose row has this seq or a higher one. */
function indexOfSeq(rows: readonly MessageRow[], seq: number): number {
  const last = rows.at(-1)
  if (!last || last.seq < seq) return rows.length
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.seq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}

function lowEdge(page: Page): number {
  return page.hasOlder ? (page.messages[0]?.seq ?? 0) : 0
}

function highEdge(page: Page): number {
  return page.hasNewer ? (page.messages.at(-1)?.seq ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
}

// --- types ---

/** Messages without a hole between them, oldest first. */
export interface Page {
  messages: readonly MessageRow[]
  hasOlder: boolean
  hasNewer: boolean
}
