/** G14: what a client shows, and what a page of history holds, is what the room was at that position. */
import type { Shown, ShownMessage } from '../log.ts'
import type { Evidence, RoomEvidence } from './evidence.ts'
import { isMessage, type Row, type View } from './facts.ts'
import { findGaps } from './read-gaps.ts'
import { type Say, sayFor } from './say.ts'
import type { Violation } from './violation.ts'

export function checkSameState(evidence: Evidence): Violation[] {
  const say = sayFor('G14', evidence)
  return [
    ...checkReads(evidence, say),
    ...[...evidence.entries.entries()].flatMap(([at, entry]) =>
      entry.type === 'shown' ? checkShown(evidence, entry, at, say) : [],
    ),
  ]
}

/** A reset or a page has every message of its span, none of them older than its head. */
function checkReads(evidence: Evidence, say: Say): Violation[] {
  const wholes = evidence.reads.filter(({ from }) => from === undefined)
  const beyond = wholes.flatMap((read) => {
    const row = read.rows.find(({ version }) => version > read.head)
    if (!row) return []
    const message = `What ${read.socket.client} read of ${read.roomId} at ${read.head} has ${row.key}, which changed at ${row.version}.`
    return [say('page-beyond', message, [{ ...read.place, key: row.key }])]
  })
  return [
    ...beyond,
    ...wholes.flatMap((read) =>
      findGaps(evidence, read).map(({ row, held }) => {
        const has = held ? `version ${held.version} of` : 'no'
        const message = `What ${read.socket.client} read of ${read.roomId} at ${read.head} has ${has} ${row.key}, which changed at ${row.version}.`
        return say('page-hole', message, [row.place, { ...read.place, key: row.key }])
      }),
    ),
  ]
}

function checkShown(evidence: Evidence, shown: Shown, at: number, say: Say): Violation[] {
  const room = evidence.rooms.get(shown.room)
  const socket = evidence.socketOf(shown.client, at)
  if (!room || !socket || shown.status !== 'live') return []
  const position = shown.position?.seq ?? (shown.isFinal ? room.final?.entry.head : undefined)
  if (position === undefined) return []
  const view = room.facts.view(socket.branch)
  // What was stored a moment ago is shown by its sender before its event comes.
  const stored = shown.messages.filter(
    ({ seq, status }) => seq !== undefined && seq <= position && status !== 'failed' && status !== 'pending',
  )
  const look: Look = { shown, at, position, view, stored, say }
  return [
    ...checkList(look),
    ...stored.flatMap((message) => checkMessage(look, message)),
    ...checkHoles(room, look),
    ...checkNewest(room, look),
    ...checkPeople(look),
  ]
}

/** Each message once, in the order of their seqs. */
function checkList({ shown, at, stored, say }: Look): Violation[] {
  const places = (ids: readonly string[]) => ids.map((id) => ({ at, key: `message ${id}` }))
  const twice = shown.messages.find(({ id }, index) => shown.messages.findIndex((other) => other.id === id) < index)
  if (twice) return [say('shown-twice', `${shown.client} shows ${twice.id} twice.`, places([twice.id]))]
  return stored.flatMap((message, index) => {
    const before = stored[index - 1]
    if (!before || (before.seq ?? 0) < (message.seq ?? 0)) return []
    return [
      say('shown-order', `${shown.client} shows ${message.seq} after ${before.seq}.`, places([before.id, message.id])),
    ]
  })
}

/** A message is shown as its newest version is, but for what its reader has just done to it. */
function checkMessage({ shown, at, position, view, say }: Look, message: ShownMessage): Violation[] {
  const key = `message ${message.id}`
  const latest = view.latest(key, position)
  if (!latest || !isMessage(latest)) return []
  const version = message.version ?? 0
  if (version < latest.version)
    return [
      say(
        'stale',
        `${shown.client} stands at ${position} and shows version ${version} of ${message.id}, which changed at ${latest.version}.`,
        [latest.place, { at, key }],
      ),
    ]
  const row = view.version(key, version)
  if (message.isChanging || !row || !isMessage(row) || asShown(row) === readShown(message)) return []
  return [
    say('shown-other', `${shown.client} shows ${message.id} as it never was at ${version}.`, [row.place, { at, key }]),
  ]
}

/** Between the first and the last message, and up to the newest where there is no later page, none is missing. */
function checkHoles({ base }: RoomEvidence, { shown, at, position, view, stored, say }: Look): Violation[] {
  const low = shown.hasOlder ? (stored[0]?.seq ?? Number.POSITIVE_INFINITY) : base + 1
  const high = shown.hasNewer ? (stored.at(-1)?.seq ?? 0) : position
  const isThere = new Set(shown.messages.map(({ id }) => `message ${id}`))
  return view
    .changed(low - 1, position)
    .filter(isMessage)
    .filter(({ key, content }) => content.seq >= low && content.seq <= high && !isThere.has(key))
    .map((row) =>
      say(
        'hole',
        `${shown.client} stands at ${position} and doesn't show ${row.key}, which was created as ${row.content.seq}.`,
        [row.place, { at }],
      ),
    )
}

/** Who stands at the end of the room, and has not gone elsewhere in it, shows its newest message. */
function checkNewest({ final }: RoomEvidence, { shown, at, position, say }: Look): Violation[] {
  if (!final || !shown.isFinal || shown.hasNewer || position !== final.entry.head) return []
  const newest = final.entry.messages.at(-1)
  if (!newest || shown.messages.some(({ id }) => id === newest.id)) return []
  return [
    say('newest-missing', `${shown.client} stands at the end of the room and doesn't show ${newest.id}, its newest.`, [
      { at: final.at, key: `message ${newest.id}` },
      { at },
    ]),
  ]
}

/** The room, and its members, are the newest ones. */
function checkPeople({ shown, at, position, view, say }: Look): Violation[] {
  const held: [string, { version: number } | null | undefined][] = [['room', shown.row]]
  for (const member of shown.members) held.push([`member ${member.userId}`, member])
  const violations = held.flatMap(([key, row]) => {
    const latest = view.latest(key, position)
    if (!latest || (row && row.version >= latest.version)) return []
    return [
      say(
        'stale-row',
        `${shown.client} stands at ${position} and shows ${row ? `version ${row.version} of` : 'no'} ${key}, which changed at ${latest.version}.`,
        [latest.place, { at, key }],
      ),
    ]
  })
  // Who left before anybody could be told of it is in no frame of the log: then the room's own count speaks.
  if (!shown.membersComplete || shown.members.length === shown.row?.memberCount) return violations
  const isHeld = new Set(held.map(([key]) => key))
  const missing = [...view.keys]
    .filter((key) => key.startsWith('member ') && !isHeld.has(key))
    .map((key) => view.latest(key, position))
    .filter((row) => row !== undefined && row.content.gone === undefined)
  for (const row of missing)
    if (row)
      violations.push(
        say('member-missing', `${shown.client} stands at ${position} and doesn't show ${row.key}.`, [
          row.place,
          { at },
        ]),
      )
  return violations
}

function asShown({ content }: Row & { content: { user: { id: string } } }): string {
  const { id, seq, version, user, text, editedAt, deletedAt, deletedBy, reactions } = content as Record<string, never> &
    typeof content
  return JSON.stringify([id, seq, version, user.id, text, editedAt, deletedAt, deletedBy, reactions])
}

function readShown({ id, seq, version, user, text, editedAt, deletedAt, deletedBy, reactions }: ShownMessage): string {
  return JSON.stringify([id, seq, version, user, text, editedAt, deletedAt, deletedBy, reactions])
}

// --- types ---

/** One look at one room of one client. */
interface Look {
  shown: Shown
  /** Its place in the log. */
  at: number
  position: number
  view: View
  /** What it shows of what is stored. */
  stored: readonly ShownMessage[]
  say: Say
}
