/** G2: a room's changes are 1..n, the same for everybody; one sender's messages keep the order in which they were sent. */
import type { MessageRow } from '../log.ts'
import type { Evidence, Operation, RoomEvidence } from './evidence.ts'
import { isMessage, type Row, type View } from './facts.ts'
import { type Say, sayFor } from './say.ts'
import type { Violation } from './violation.ts'

export function checkOneOrder(evidence: Evidence): Violation[] {
  const say = sayFor('G2', evidence)
  return [
    ...[...evidence.rooms.values()].flatMap((room) => [
      ...checkSameForAll(room, say),
      ...checkHistory(room, say),
      ...checkNumbers(evidence, room, say),
    ]),
    ...checkEvents(evidence, say),
    ...checkSenders(evidence, say),
  ]
}

/** One version of a row is the same for everybody, and one number is one change. */
function checkSameForAll({ facts }: RoomEvidence, say: Say): Violation[] {
  const violations = facts.clashes.map(([one, other]) =>
    say('told-twice', `Version ${one.version} of ${one.key} isn't the same for everybody.`, [one.place, other.place]),
  )
  const view = facts.view(facts.branches - 1)
  const byVersion = Map.groupBy(
    view.rows.filter(({ key }) => key !== 'room'),
    ({ version }) => version,
  )
  for (const [version, [one, other]] of byVersion)
    if (one && other)
      violations.push(
        say('number-twice', `${version} is a change of ${one.key} and of ${other.key}.`, [one.place, other.place]),
      )
  for (const key of view.keys) violations.push(...checkIdentity(view.of(key), say))
  return violations
}

/** What a message was created as never changes. */
function checkIdentity(versions: readonly Row[], say: Say): Violation[] {
  const [first, ...rest] = versions.filter(isMessage)
  const born = ({ seq, ordinal, user, createdAt }: MessageRow): string =>
    JSON.stringify([seq, ordinal, user.id, createdAt])
  const other = first && rest.find(({ content }) => born(content) !== born(first.content))
  if (!first || !other) return []
  return [say('moved', `The seq, ordinal, author or time of ${first.key} changed.`, [first.place, other.place])]
}

/** In history, seqs ascend and ordinals have no hole. */
function checkHistory({ final, base }: RoomEvidence, say: Say): Violation[] {
  if (!final) return []
  const { at, entry } = final
  return entry.messages.flatMap((row, index) => {
    const before = entry.messages[index - 1]
    const places = [before, row].filter((one) => one !== undefined).map(({ id }) => ({ at, key: `message ${id}` }))
    if (before && row.seq <= before.seq)
      return [say('history-order', `${row.seq} comes after ${before.seq} in history.`, places)]
    // What a public room held before the run isn't read.
    const expected = before ? before.ordinal + 1 : base === 0 ? 1 : row.ordinal
    if (row.ordinal === expected) return []
    return [say('ordinal-hole', `Ordinal ${row.ordinal} stands where ${expected} should.`, places)]
  })
}

/** Every number up to the head is a change of some row: one that is known, or one that a later change of it covers. */
function checkNumbers(evidence: Evidence, room: RoomEvidence, say: Say): Violation[] {
  const { final, facts, base } = room
  if (!final) return []
  const view = facts.view(facts.branches - 1)
  const known = new Set(view.rows.map(({ version }) => version))
  for (const { ok, roomId } of evidence.answers)
    if (roomId === final.entry.room && typeof ok?.version === 'number') known.add(ok.version)
  const missing: number[] = []
  for (let number = base + 1; number <= final.entry.head; number++)
    if (!known.has(number) && !isCovered(view, number)) missing.push(number)
  return missing.map((number) => {
    const neighbours = [
      view.rows.findLast(({ version }) => version < number),
      view.rows.find(({ version }) => version > number),
    ]
    return say('number-missing', `${number} is a change of nothing.`, [
      ...neighbours.map((row) => row?.place),
      { at: final.at },
    ])
  })
}

/** Whether a row may have had this version: it is there at a later one, and was there before or is no message. */
function isCovered(view: View, number: number): boolean {
  for (const key of view.keys) {
    const later = view.of(key).find(({ version }) => version > number)
    if (later && (!isMessage(later) || later.content.seq <= number)) {
      // The room row is renewed with its members, so it explains a number only by itself.
      if (key !== 'room') return true
    }
  }
  return false
}

/** An event carries its row as the change left it. */
function checkEvents({ events }: Evidence, say: Say): Violation[] {
  return events
    .filter(({ item, seq }) => [item.message, item.member].some((row) => row && row.version !== seq))
    .map(({ place, seq, item, roomId }) => {
      const { version } = item.message ?? item.member
      return say('event-version', `Event ${seq} of ${roomId} carries a row of version ${version}.`, [place])
    })
}

/** In the order in which one page sent or resent them last, messages have ascending seqs. */
function checkSenders(evidence: Evidence, say: Say): Violation[] {
  const finals = new Map<string, MessageRow>()
  for (const [roomId, { final }] of evidence.rooms)
    for (const row of final?.entry.messages ?? []) finals.set(`${roomId} ${row.id}`, row)

  const losses = [...evidence.entries.entries()].filter(([, entry]) => entry.type === 'reloaded' && !entry.keepsStorage)
  const countLosses = (client: string, before: number): number =>
    losses.filter(([at, entry]) => at < before && entry.type === 'reloaded' && entry.client === client).length
  const pages = new Map<string, Operation[]>()
  for (const operation of evidence.operations) {
    const { kind, client, room } = operation.entry
    if (kind !== 'send' && kind !== 'retry') continue
    // A page that was reloaded without a storage has forgotten what it sent, and can't keep it in order.
    const page = `${room} ${client} ${countLosses(client, operation.at)}`
    pages.set(page, [...(pages.get(page) ?? []), operation])
  }
  return [...pages.values()].flatMap((operations) => {
    const lastOf = new Map<string, Operation>()
    for (const operation of operations) {
      const id = sentId(operation)
      lastOf.delete(id)
      lastOf.set(id, operation)
    }
    const stored = [...lastOf].flatMap(([id, operation]) => {
      const row = finals.get(`${operation.entry.room} ${id}`)
      return row ? [{ row, operation }] : []
    })
    return stored.flatMap(({ row, operation }, index) => {
      const before = stored[index - 1]
      if (!before || before.row.seq < row.seq) return []
      const at = evidence.rooms.get(operation.entry.room ?? '')?.final?.at ?? 0
      const rows = [before.row, row].map(({ id }) => ({ at, key: `message ${id}` }))
      const message = `${operation.entry.client} sent ${before.row.id}, then ${row.id}; they stand as ${before.row.seq} and ${row.seq}.`
      return [say('sender-order', message, [before.operation, operation, ...rows])]
    })
  })
}

/** The id under which an operation's message went out. */
function sentId({ entry, end }: Operation): string {
  return (end?.entry.type === 'ok' ? end.entry.message : undefined) ?? entry.message ?? ''
}
