/** How a reader comes to stand at a room's head: what changed since their position, or a fresh start. */
import {
  MAX_CATCH_UP_ROWS,
  MEMBERS_ON_OPEN,
  type MemberRow,
  type Position,
  type Range,
  type Reset,
  type ResumePoint,
  type RoomOpened,
} from '@parlor/protocol'
import type { ChangesQuery, OpenRoomQuery } from '../rooms.ts'
import { isMember, requireReader } from './access.ts'
import { readNewest } from './history.ts'
import { blankRoom, type StoredRoom, type Transaction } from './rows.ts'

export function openRoom(tx: Transaction, query: OpenRoomQuery): RoomOpened {
  const { room, member } = requireReader(tx, query, query.userId)
  const me = isMember(member) ? member : null
  const opened = { roomId: query.roomId, epoch: room.epoch, head: room.head, me }
  if (!query.since) return { ...opened, reset: readReset(tx, room, 'fresh', me, query.limit) }
  if (!isOfThisHistory(tx, room, query.since)) {
    return { ...opened, reset: readReset(tx, room, 'unknown', me, query.limit) }
  }
  const range = readRange(tx, room, query.since.seq)
  return range ? { ...opened, range } : { ...opened, reset: readReset(tx, room, 'behind', me, query.limit) }
}

export function readChanges(tx: Transaction, { roomId, epoch, from }: ChangesQuery): RoomOpened | undefined {
  const room = tx.rows.findRoom(roomId) ?? blankRoom(roomId)
  const range = isValid(tx, room, { epoch, seq: from }) ? readRange(tx, room, from) : undefined
  return range && { roomId, epoch: room.epoch, head: room.head, me: null, range }
}

/** A position says nothing about a backup that was restored by hand; the newest message held often does. */
function isOfThisHistory(tx: Transaction, room: StoredRoom, { newest, ...position }: ResumePoint): boolean {
  if (!isValid(tx, room, position)) return false
  return newest === undefined || tx.rows.findMessage(room.row.id, newest.id)?.row.seq === newest.seq
}

/** Whether an epoch of the room covers the position: from the seq before its first change to where the next one begins. */
function isValid(tx: Transaction, room: StoredRoom, { epoch, seq }: Position): boolean {
  if (seq === 0 && room.row.floor === 1) return true
  const epochs = tx.rows.listEpochs(room.row.id)
  const index = epochs.findIndex((one) => one.epoch === epoch)
  const found = epochs[index]
  if (!found) return false
  const next = epochs[index + 1]
  return seq >= found.first - 1 && seq <= (next ? next.first - 1 : room.head)
}

/** Undefined where more rows changed than a catch-up may send. */
function readRange(tx: Transaction, room: StoredRoom, from: number): Range | undefined {
  const roomId = room.row.id
  const members = tx.rows.listChangedMembers(roomId, from, MAX_CATCH_UP_ROWS + 1)
  const messages = tx.rows.listChangedMessages(roomId, from, MAX_CATCH_UP_ROWS + 1)
  const isRoomChanged = room.row.version > from
  if (members.length + messages.length + (isRoomChanged ? 1 : 0) > MAX_CATCH_UP_ROWS) return undefined
  return { from, to: room.head, ...(isRoomChanged && { room: room.row }), members, messages }
}

function readReset(
  tx: Transaction,
  room: StoredRoom,
  reason: Reset['reason'],
  me: MemberRow | null,
  limit: number,
): Reset {
  const roomId = room.row.id
  const members = tx.rows.listLeadingMembers(roomId, MEMBERS_ON_OPEN)
  // The reader's own row is always there, in the place of the last one.
  if (me && !members.some((member) => member.userId === me.userId)) members.splice(MEMBERS_ON_OPEN - 1, 1, me)
  const membersComplete = room.row.memberCount <= members.length
  return { reason, room: room.row, ...readNewest(tx.rows, roomId, limit), members, membersComplete }
}
