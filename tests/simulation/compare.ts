/** Compare: whether rows that a client got, or shows, are those that the history says. Undefined: they are. */

import type { Message, RoomSnapshot } from '@parlor/client'
import type { MemberRow, MessageRow, Range, Reset } from '@parlor/protocol'
import type { RoomRows, Timeline } from './history.ts'
import { isEqual, isSameSet } from './plain.ts'

/** A range holds exactly the rows that changed in it, as they are at its end. */
export function compareRange(timeline: Timeline, { from, to, room, members, messages }: Range): string | undefined {
  const rows = timeline.at(to)
  const name = `G6: range ${from}..${to}`
  if (to > timeline.head) return `${name} ends above the head ${timeline.head}`
  const changed = <T extends { version: number }>(all: Iterable<T>) => [...all].filter(({ version }) => version > from)
  if (!isSameSet(members, changed(rows.members.values()), userOf)) return `${name} has other members`
  if (!isSameSet(messages, changed(rows.messages.values()), idOf)) return `${name} has other messages`
  const wanted = rows.room && rows.room.version > from ? rows.room : undefined
  return isEqual(room, wanted) ? undefined : `${name} has another room row`
}

/** A reset is the newest page at its head. */
export function compareReset(timeline: Timeline, head: number, reset: Reset): string | undefined {
  if (head > timeline.head) return `G6: a reset to ${head} above the head ${timeline.head}`
  const problem = compareMessages(timeline, head, reset.messages)
  if (problem) return problem
  const all = messagesOf(timeline.at(head))
  if (reset.messages.at(-1)?.id !== all.at(-1)?.id) return `G14: a reset to ${head} without the newest message`
  return reset.hasOlder === all.length > reset.messages.length ? undefined : `G14: a reset to ${head} miscounts`
}

/** A page is messages without a hole between them, as they are at its head. */
export function compareMessages(timeline: Timeline, head: number, page: readonly MessageRow[]): string | undefined {
  if (head > timeline.head) return `G14: a page of ${head} above the head ${timeline.head}`
  const all = messagesOf(timeline.at(head))
  const start = all.findIndex(({ id }) => id === page[0]?.id)
  const wanted = page.length === 0 ? [] : all.slice(start, start + page.length)
  return isEqual(page, wanted) ? undefined : `G14: a page at ${head} differs`
}

/** What a client shows of a room at rest equals a fresh snapshot of the same window. */
export function compareSnapshot(timeline: Timeline, userId: string, shown: RoomSnapshot): string[] {
  const rows = timeline.at(timeline.head)
  const all = messagesOf(rows)
  const problems: string[] = []
  const say = (what: string): void => void problems.push(`G14: ${userId} in ${timeline.roomId}: ${what}`)
  const kept = shown.messages.filter((message) => message.status !== 'failed')
  const pending = kept.filter(({ status }) => status === 'pending')
  if (pending.length > 0) say(`still pending: ${pending.map(({ id }) => short(id)).join()}`)
  const stored = kept.filter(({ status }) => status !== 'pending')
  const start = shown.hasOlder ? all.findIndex(({ id }) => id === stored[0]?.id) : 0
  const end = shown.hasNewer ? all.findIndex(({ id }) => id === stored.at(-1)?.id) + 1 : all.length
  const wanted = all.slice(Math.max(0, start), end)
  const differing = describeDifference(stored.map(readShown), wanted.map(readRow))
  if (differing) say(differing)
  const changing = stored.filter(({ isChanging }) => isChanging)
  if (changing.length > 0) say(`still changing: ${changing.map(({ id }) => short(id)).join()}`)
  if (rows.room && !isEqual(shown.room, rows.room)) say('another room row')
  const members = [...rows.members.values()].filter(({ gone }) => gone === undefined)
  if (shown.membersComplete && !isSameSet(shown.members, members, userOf)) say('other members')
  const me = members.find((member) => member.userId === userId) ?? null
  if (!isEqual(shown.me, me)) say('another membership of their own')
  return problems
}

/** In the order in which they were written. */
export function messagesOf(rows: RoomRows): MessageRow[] {
  return [...rows.messages.values()]
}

/** The end of an id, enough to tell two of a simulation apart. */
export function short(id: string): string {
  return id.slice(-6)
}

function describeDifference(shown: readonly string[], wanted: readonly string[]): string | undefined {
  const at = Array.from({ length: Math.max(shown.length, wanted.length) }, (_, index) => index).find(
    (index) => shown[index] !== wanted[index],
  )
  if (at === undefined) return undefined
  return `shows ${shown.length} of ${wanted.length} messages; at ${at} ${shown[at] ?? 'nothing'} instead of ${wanted[at] ?? 'nothing'}`
}

function readRow(row: MessageRow): string {
  const { id, seq, version, text, user, editedAt, deletedAt, deletedBy, reactions } = row
  const marks = reactions.map(({ emoji, userIds }) => [emoji, userIds])
  return JSON.stringify([id, seq, version, user.id, text, editedAt, deletedAt, deletedBy, marks])
}

function readShown(message: Message): string {
  const { id, seq, version, text, user, editedAt, deletedAt, deletedBy, reactions } = message
  const marks = reactions.map(({ emoji, userIds }) => [emoji, userIds])
  return JSON.stringify([id, seq, version, user.id, text, editedAt, deletedAt, deletedBy, marks])
}

function idOf({ id }: MessageRow): string {
  return id
}

function userOf({ userId }: MemberRow): string {
  return userId
}
