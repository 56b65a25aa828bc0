/** Due: by when something must have come to everybody. What is broken on purpose pushes that back. */
import type { Evidence } from './evidence.ts'

/** When something must have arrived that could be sent at this time; a fault in between begins the time anew. */
export function dueOf(from: number, withinMs: number, faults: readonly Fault[]): number {
  let start = from
  for (const { beginsAt, endsAt } of faults) if (beginsAt <= start + withinMs && endsAt > start) start = endsAt
  return start + withinMs
}

/** In the order in which they began. Of presence: with those that only that has to bear. */
export function readFaults({ entries, endAt }: Evidence, { ofPresence = false } = {}): Fault[] {
  const faults = new Map<number, Fault>()
  for (const [at, entry] of entries.entries()) {
    if (entry.type !== 'fault' || (entry.isOfPresence && !ofPresence)) continue
    const fault = faults.get(entry.fault)
    if (entry.phase === 'begin') faults.set(entry.fault, { beginsAt: entry.at, endsAt: endAt, endPlace: at })
    else if (fault) Object.assign(fault, { endsAt: entry.at, endPlace: at })
  }
  return [...faults.values()].sort((one, other) => one.beginsAt - other.beginsAt)
}

/** Ms since the run began. */
export function timeOf({ entries }: Evidence, at: number): number {
  return entries[at]?.at ?? 0
}

// --- types ---

export interface Fault {
  beginsAt: number
  endsAt: number
  endPlace: number
}
