/** Access answers inside a transaction what a user is to a room, and refuses what they may not do there. */
import { type Action, ChatError, can, type MemberRow, type Standing } from '@parlor/protocol'
import type { RoomAction } from '../change.ts'
import { standingOf } from '../membership.ts'
import { blankRoom, type Finds, type StoredRoom } from './rows.ts'

/** A room as its members and visitors find it. A private one that others ask for is refused as if it weren't there. */
export function requireReader(tx: { rows: Finds }, place: Place, userId: string): Access {
  const access = findAccess(tx, place, userId)
  if (!access) throw new ChatError('room_not_found')
  const { room, standing } = access
  if (can('room.read', room.row.kind, standing)) return access
  throw new ChatError(standing === 'removed' ? 'removed' : 'room_not_found')
}

/** The same for who wants to do more than read; the app's server may do everything in every room that exists. */
export function requireAccess(tx: { rows: Finds }, action: Action, { actor, roomId, isOpen }: RoomAction): Access {
  if (actor.isServer) return requireRoom(tx, { roomId, isOpen }, actor.user.id)
  const access = requireReader(tx, { roomId, isOpen }, actor.user.id)
  if (!can(action, access.room.row.kind, access.standing)) throw new ChatError('forbidden')
  return access
}

/** Whether this user may know what is in the room. */
export function canRead(tx: { rows: Finds }, place: Place, userId: string): boolean {
  const access = findAccess(tx, place, userId)
  return access !== undefined && can('room.read', access.room.row.kind, access.standing)
}

/** The room, whoever asks. */
export function requireRoom(tx: { rows: Finds }, place: Place, userId: string): Access {
  const access = findAccess(tx, place, userId)
  if (!access) throw new ChatError('room_not_found')
  return access
}

/** A direct room is its two people: refuses a third. */
export function requirePlace(room: StoredRoom): void {
  if (room.row.kind === 'direct' && room.row.memberCount >= DIRECT_MEMBERS) {
    throw new ChatError('forbidden', { message: 'A direct room is its two people; nobody can be added.' })
  }
}

/** A direct room keeps its two people as they are, whoever asks: a third would read what was said to the first two. */
export function requireNotDirect(room: StoredRoom): void {
  if (room.row.kind === 'direct') {
    throw new ChatError('forbidden', { message: 'A direct room is its two people, for good.' })
  }
}

/** The two people of a direct room. */
export const DIRECT_MEMBERS = 2

function findAccess(tx: { rows: Finds }, { roomId, isOpen }: Place, userId: string): Access | undefined {
  const room = tx.rows.findRoom(roomId)
  if (!room) return isOpen ? { room: blankRoom(roomId), member: undefined, standing: 'visitor' } : undefined
  const member = tx.rows.findMember(roomId, userId)
  return { room, member, standing: standingOf(member) }
}

// --- types ---

export interface Access {
  /** A blank one, of head 0, if the room is open to all and was never written. */
  room: StoredRoom
  /** The user's row, tombstones included. */
  member: MemberRow | undefined
  standing: Standing
}

export interface Place {
  roomId: string
  isOpen: boolean
}
