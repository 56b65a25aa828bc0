/** RoomPicture is a room at one moment, as far as some readers need it; what each of them gets follows from it alone. */
import {
  ChatError,
  can,
  MAX_CATCH_UP_BYTES,
  MAX_CATCH_UP_ROWS,
  MEMBERS_ON_OPEN,
  type MemberRow,
  type MessageRow,
  type Position,
  type Range,
  type Reset,
  type ResumePoint,
  type RoomOpened,
  type RoomRow,
} from '@parlor/protocol'
import { isMember, standingOf } from './membership.ts'
import { sizeOf } from './row-size.ts'

/**
 * What this reader gets of the room. The picture must have been made with them among its readers.
 * @throws ChatError `room_not_found` (unknown, or private to others), `removed`
 */
export function openFrom(picture: RoomPicture, { userId, since, limit }: RoomReader): RoomOpened {
  const { roomId, epoch, head } = picture
  const refusal = findRefusal(picture, userId)
  if (refusal) throw new ChatError(refusal)
  const member = picture.members.get(userId)
  const me = isMember(member) ? member : null
  const opened = { roomId, epoch, head, me }
  const range = since && isOfThisHistory(picture, since) ? rangeFrom(picture, since.seq) : undefined
  if (range) return { ...opened, range }
  return { ...opened, reset: resetFrom(picture, resetReason(picture, since), me, limit) }
}

/** Why this user may not read the room; undefined for who may. */
export function findRefusal({ room, members }: RoomPicture, userId: string): 'room_not_found' | 'removed' | undefined {
  if (!room) return 'room_not_found'
  const standing = standingOf(members.get(userId))
  if (can('room.read', room.kind, standing)) return undefined
  return standing === 'removed' ? 'removed' : 'room_not_found'
}

/** Whether this reader, who may read, is to be given the newest page: they hold nothing that a range could go on from. */
export function needsPage(picture: RoomPicture, { since }: RoomReader): boolean {
  return !since || !isOfThisHistory(picture, since) || rangeFrom(picture, since.seq) === undefined
}

/** Whether an epoch of the room covers the position: from the seq before its first change to where the next one begins. */
export function isValid({ room, epochs, head }: History, { epoch, seq }: Position): boolean {
  if (seq === 0 && room?.floor === 1) return true
  const index = epochs.findIndex((one) => one.epoch === epoch)
  const found = epochs[index]
  if (!found) return false
  const next = epochs[index + 1]
  return seq >= found.first - 1 && seq <= (next ? next.first - 1 : head)
}

/** A position says nothing about a backup that was restored by hand; the newest message held often does. */
function isOfThisHistory(picture: RoomPicture, { newest, ...position }: ResumePoint): boolean {
  if (!isValid(picture, position)) return false
  return newest === undefined || picture.messageSeqs.get(newest.id) === newest.seq
}

function resetReason(picture: RoomPicture, since: ResumePoint | undefined): Reset['reason'] {
  if (!since) return 'fresh'
  return isOfThisHistory(picture, since) ? 'behind' : 'unknown'
}

/** Undefined where more changed than a catch-up may send. */
export function rangeFrom({ room, head, changes }: PictureOfChanges, from: number): Range | undefined {
  if (from < changes.after) return undefined
  const members = changes.members.filter(({ version }) => version > from)
  const messages = changes.messages.filter(({ version }) => version > from)
  const isRoomChanged = room !== undefined && room.version > from
  if (members.length + messages.length + (isRoomChanged ? 1 : 0) > MAX_CATCH_UP_ROWS) return undefined
  let bytes = 0
  for (const rows of [members, messages]) for (const row of rows) bytes += sizeOf(row)
  if (bytes > MAX_CATCH_UP_BYTES) return undefined
  return { from, to: head, ...(isRoomChanged && { room }), members, messages }
}

function resetFrom({ room, page }: RoomPicture, reason: Reset['reason'], me: MemberRow | null, limit: number): Reset {
  if (!room || !page) throw new Error(`a picture without a page was asked for a reset: ${reason}`)
  const members = page.members.slice()
  // The reader's own row is always there, in the place of the last one.
  if (me && !members.some((member) => member.userId === me.userId)) members.splice(MEMBERS_ON_OPEN - 1, 1, me)
  const hasOlder = page.hasOlder || page.messages.length > limit
  const messages = page.messages.slice(-limit)
  return { reason, room, messages, hasOlder, members, membersComplete: room.memberCount <= members.length }
}

// --- types ---

/** As much of a picture as a range is made of. */
type PictureOfChanges = Pick<RoomPicture, 'room' | 'head' | 'changes'>

/** Who wants to read the room. */
export interface RoomReader {
  userId: string
  since?: ResumePoint | undefined
  /** Messages in a reset. */
  limit: number
}

export interface RoomPicture extends History {
  roomId: string
  epoch: string
  /** Rows of the readers, and whoever else's were asked for: tombstones included, null for who has none. */
  members: ReadonlyMap<string, MemberRow | null>
  /** Whoever isn't in `members` has no row. */
  hasAllMembers: boolean
  changes: RecentChanges
  /** There if a reader is to be given it. */
  page: NewestPage | undefined
  /** The places of the messages that readers named as the newest that they hold; those that there are. */
  messageSeqs: ReadonlyMap<string, number>
  /** Epochs that readers named and this room never had. */
  foreignEpochs: readonly string[]
}

/** What tells which positions are of a room's history. */
export interface History {
  /** Undefined for a room that isn't there. */
  room: RoomRow | undefined
  head: number
  /** Oldest first. */
  epochs: readonly Epoch[]
}

/** The numbering that began with the change `first` of a room. */
export interface Epoch {
  epoch: string
  first: number
}

/** Every member and message with a version above `after`: messages by their seq, members by their version. */
export interface RecentChanges {
  after: number
  /** The row at `after` was left out: with it there are more than a catch-up may send. */
  isCut: boolean
  members: readonly MemberRow[]
  messages: readonly MessageRow[]
}

/** What a fresh start shows. */
export interface NewestPage {
  /** Oldest first. */
  messages: readonly MessageRow[]
  hasOlder: boolean
  /** The most powerful first, `MEMBERS_ON_OPEN` at most. */
  members: readonly MemberRow[]
}
