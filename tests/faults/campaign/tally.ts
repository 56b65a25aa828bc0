/** Tally: what happened in an episode, counted from its log alone. */
import type { LogEntry, Received, Sent, WireItem } from '@parlor/verify'

/** The counts of one log. */
export function countLog(entries: readonly LogEntry[]): Tally {
  const tally = emptyTally()
  const stored = new Set(entries.flatMap((entry) => (entry.type === 'final' ? entry.messages : [])).map(({ id }) => id))
  const asked = new Map<string, WireItem>()
  for (const entry of entries) {
    if (entry.type === 'invoke' && entry.kind === 'send') tally.sends += 1
    else if (entry.type === 'sent') countSent(tally, entry, asked)
    else if (entry.type === 'received') countReceived(tally, entry, asked, stored)
  }
  // Never answered: their connection ended before.
  for (const { id } of asked.values()) countUnknown(tally, stored.has(id))
  return tally
}

export function emptyTally(): Tally {
  return { sends: 0, deliveries: 0, resumes: 0, resets: 0, unknown: 0, unknownStored: 0 }
}

export function addTally(to: Tally, more: Tally): void {
  for (const key of Object.keys(more) as (keyof Tally)[]) to[key] += more[key]
}

function countSent(tally: Tally, { connection, item }: Sent, asked: Map<string, WireItem>): void {
  if (item.type === 'message.send') asked.set(`${connection} ${item.ref}`, item)
  else if (item.type === 'hello') tally.resumes += item.rooms?.length ?? 0
  else if (item.type === 'room.open' && item.since) tally.resumes += 1
}

function countReceived(tally: Tally, entry: Received, asked: Map<string, WireItem>, stored: Set<string>): void {
  for (const item of entry.items) {
    if (item.type === 'room.opened' && item.reset) tally.resets += 1
    if (item.type !== undefined && item.seq !== undefined) tally.deliveries += 1
    if (item.ref === undefined) continue
    const key = `${entry.connection} ${item.ref}`
    const send = asked.get(key)
    asked.delete(key)
    if (send && UNKNOWN.has(item.error?.code)) countUnknown(tally, stored.has(send.id))
  }
}

function countUnknown(tally: Tally, isStored: boolean): void {
  tally.unknown += 1
  if (isStored) tally.unknownStored += 1
}

/** Answers that leave open whether the message was stored. */
const UNKNOWN: ReadonlySet<string> = new Set(['timeout', 'unavailable', 'internal'])

// --- types ---

export interface Tally {
  /** Messages that people sent. */
  sends: number
  /** Events that came over the wire, one for each connection that got it. */
  deliveries: number
  /** Rooms that were opened where an earlier connection had stood. */
  resumes: number
  /** Those that were answered with a fresh start. */
  resets: number
  /** Tries to send whose answer never came, or said that nobody knows. */
  unknown: number
  /** Those of them whose message is in the history in the end: by that try, or by a later one under the same id. */
  unknownStored: number
}
