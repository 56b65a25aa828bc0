/** Compare: whether rows that a client got, or shows, are those that the history says. Undefined: they are. */

import type { Message, RoomSnapshot } from '@parlor/client'
import type {
  MemberListResult,
  MemberRow,
  MessageListCommand,
  MessageListResult,
  MessageRow,
  Range,
  Reset,
  RoomOpened,
} from '@parlor/protocol'
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

/** A reset is the newest page at its head, the room and its members. */
export function compareReset(timeline: Timeline, head: number, reset: Reset): string | undefined {
  const name = `G14: a reset to ${head}`
  if (head > timeline.head) return `${name} is above the head ${timeline.head}`
  const { room, members } = timeline.at(head)
  if (room && !isEqual(reset.room, room)) return `${name} has another room row`
  const now = membersOf(members)
  const isComplete = reset.members.length === now.length
  if (!isSameSet(reset.members, isComplete ? now : now.slice(0, reset.members.length), userOf))
    return `${name} has other members`
  if (reset.membersComplete !== isComplete) return `${name} miscounts its members`
  return comparePage(timeline, {}, { ...reset, head, hasNewer: false })
}

/** A page is what was asked for: messages without a hole between them, as they are at its head. */
export function comparePage(timeline: Timeline, asked: PageAsked, page: PageGiven): string | undefined {
  const { head, messages, hasOlder, hasNewer } = page
  const name = `G14: a page at ${head}`
  if (head > timeline.head) return `${name} is above the head ${timeline.head}`
  const all = messagesOf(timeline.at(head))
  const { before, after, around } = asked
  const [start, end] = findPlace(all, asked, messages)
  if (!isEqual(messages, all.slice(start, end))) return `${name} differs`
  if (around !== undefined && !messages.some(({ id }) => id === around)) return `${name} isn't around its message`
  if (hasOlder !== start > 0 || hasNewer !== end < all.length)
    return `${name} from ${before ?? after ?? around ?? 'the end'} is wrong about what lies beside it`
  return undefined
}

/** A list of members is those who are in the room at its head, by their ids. */
export function compareMembers(timeline: Timeline, after: string, list: MemberListResult): string | undefined {
  const name = `G14: a list of members at ${list.head}`
  if (list.head > timeline.head) return `${name} is above the head ${timeline.head}`
  const wanted = membersOf(timeline.at(list.head).members).filter(({ userId }) => userId > after)
  if (list.hasMore !== list.members.length < wanted.length) return `${name} is wrong about its end`
  return isEqual(list.members, wanted.slice(0, list.members.length)) ? undefined : `${name} differs`
}

/** Whoever reads is told what they are themselves. */
export function compareMe(timeline: Timeline, userId: string, { head, me }: RoomOpened): string | undefined {
  const row = timeline.at(head).members.get(userId)
  const wanted = row?.gone === undefined ? (row ?? null) : null
  return isEqual(me, wanted) ? undefined : `G14: opened at ${head} with another membership of their own`
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

/** Who is in the room, by their ids. */
function membersOf(members: RoomRows['members']): MemberRow[] {
  const now = [...members.values()].filter(({ gone }) => gone === undefined)
  return now.sort((one, other) => (one.userId < other.userId ? -1 : 1))
}

/** From where to where a page lies among all messages. */
function findPlace(all: readonly MessageRow[], { before, after, around }: PageAsked, page: readonly MessageRow[]) {
  const count = page.length
  if (around !== undefined) {
    const start = Math.max(0, indexOf(all, page[0]?.seq ?? 0))
    return [start, start + count] as const
  }
  if (after !== undefined) {
    const start = indexOf(all, after + 1)
    return [start, start + count] as const
  }
  const end = before === undefined ? all.length : indexOf(all, before)
  return [end - count, end] as const
}

/** Of the first message from this seq on; where there is none, the end. */
function indexOf(all: readonly MessageRow[], seq: number): number {
  const at = all.findIndex((row) => row.seq >= seq)
  return at < 0 ? all.length : at
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

// --- types ---

type PageAsked = Pick<MessageListCommand, 'before' | 'after' | 'around'>

type PageGiven = Pick<MessageListResult, 'head' | 'messages' | 'hasOlder' | 'hasNewer'>
