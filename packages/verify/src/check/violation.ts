/** Violation: a guarantee that a log shows to be broken, with the shortest excerpt that shows it. */
import type { LogEntry, WireItem } from '../log.ts'

export interface Violation {
  guarantee: Guarantee
  /** The rule of the checker that found it; docs/verify.md lists them. */
  rule: string
  message: string
  excerpt: ExcerptLine[]
}

export type Guarantee = 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7' | 'G10' | 'G11' | 'G13' | 'G14'

/** An entry of the log, without what proves nothing. */
export interface ExcerptLine {
  /** In the log, from 1. */
  line: number
  entry: LogEntry
}

/** A place in the log: an entry (`at`, from 0), of a frame the one item, of many rows the one row. */
export interface Place {
  at: number
  item?: number
  /** `message ID`, `member ID` or `room`. */
  key?: string
}

/** The entries at these places, in the order of the log, each once. */
export function cutExcerpt(entries: readonly LogEntry[], places: readonly (Place | undefined)[]): ExcerptLine[] {
  const byEntry = new Map<number, Place[]>()
  for (const place of places) if (place) byEntry.set(place.at, [...(byEntry.get(place.at) ?? []), place])
  return [...byEntry]
    .sort(([one], [other]) => one - other)
    .map(([at, found]) => ({ line: at + 1, entry: cutEntry(entries[at] as LogEntry, found) }))
}

function cutEntry(entry: LogEntry, places: readonly Place[]): LogEntry {
  const keys = places.map(({ key }) => key).filter((key) => key !== undefined)
  if (entry.type === 'received') {
    const wanted = places.map(({ item }) => item)
    const items = entry.items.filter((_, index) => wanted.includes(undefined) || wanted.includes(index))
    return { ...entry, items: items.map((item) => cutItem(item, keys)) }
  }
  if (entry.type === 'final' || entry.type === 'shown') return cutRows(entry, keys)
  return entry
}

function cutItem(item: WireItem, keys: readonly string[]): WireItem {
  const cut = cutRows(item, keys)
  for (const part of ['ok', 'range', 'reset'] as const) if (cut[part]) cut[part] = cutItem(cut[part], keys)
  return cut
}

/** Long lists keep only the rows that are named. */
function cutRows<T extends object>(value: T, keys: readonly string[]): T {
  const { messages, members } = value as { messages?: { id: string }[]; members?: { userId: string }[] }
  return {
    ...value,
    ...(messages && { messages: messages.filter(({ id }) => keys.includes(`message ${id}`)) }),
    ...(members && { members: members.filter(({ userId }) => keys.includes(`member ${userId}`)) }),
  }
}
