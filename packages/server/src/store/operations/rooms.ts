/** What happens to rooms inside a transaction: brought to a state by the app's server, joined, left. */
import { isDeepStrictEqual } from 'node:util'
import { ChatError, can, type RoomJoinResult, type RoomLeaveResult, type RoomRow } from '@parlor/protocol'
import type { Committed, RoomAction } from '../change.ts'
import { isMember } from '../membership.ts'
import type { RoomUpsert } from '../rooms.ts'
import { DIRECT_MEMBERS, requireNotDirect, requirePlace, requireRoom } from './access.ts'
import { admitUser, changeMember, createIfBlank, requireOwnerStays, roleOfReturning } from './members.ts'
import { RoomChanges } from './room-changes.ts'
import { blankRoom, type StoredRoom, type Transaction } from './rows.ts'

export function upsertRoom(tx: Transaction, upsert: RoomUpsert): Committed<{ room: RoomRow; head: number }> {
  const found = tx.rows.findRoom(upsert.roomId)
  const room = found ?? blankRoom(upsert.roomId)
  const row: RoomRow = {
    ...room.row,
    kind: upsert.kind ?? found?.row.kind ?? 'private',
    name: upsert.name === undefined ? room.row.name : upsert.name,
    createdAt: found ? room.row.createdAt : tx.nowMs,
    ...(upsert.data !== undefined && { data: upsert.data }),
  }
  if (found) requireSameDirectness(found.row, row)
  if (row.kind === 'direct') requireTwo(tx, room, upsert)

  const changes = new RoomChanges(tx, room)
  if (!found) changes.commitRoom('room.created', row)
  else if (!isDeepStrictEqual(row, found.row)) changes.commitRoom('room.updated', row)
  for (const { user, role } of upsert.members) {
    const member = tx.rows.findMember(upsert.roomId, user.id)
    if (isMember(member)) changeMember(changes, member, { role, user })
    else admitUser(tx, changes, user, role ?? 'member')
  }
  return changes.answer({ room: changes.room.row, head: changes.room.head })
}

export function joinRoom(tx: Transaction, action: RoomAction): Committed<RoomJoinResult> {
  const { actor } = action
  const { room, member: found, standing } = requireRoom(tx, action, actor.user.id)
  const changes = new RoomChanges(tx, room)
  if (isMember(found)) return changes.answer({ member: found, head: room.head })
  if (!actor.isServer && !can('room.join', room.row.kind, standing)) throw new ChatError('room_not_found')
  requirePlace(room)
  createIfBlank(tx, changes)
  const member = admitUser(tx, changes, actor.user, roleOfReturning(found))
  return changes.answer({ member, head: changes.room.head })
}

export function leaveRoom(tx: Transaction, action: RoomAction): Committed<RoomLeaveResult> {
  const { actor } = action
  const { room, member, standing } = requireRoom(tx, action, actor.user.id)
  const changes = new RoomChanges(tx, room)
  if (!isMember(member)) {
    // Who is gone learns nothing newer than their going.
    if (member) return changes.answer({ head: member.version })
    if (!can('room.read', room.row.kind, standing)) throw new ChatError('room_not_found')
    return changes.answer({ head: room.head })
  }
  requireNotDirect(room)
  if (!actor.isServer) requireOwnerStays(tx, room, member)
  changes.commitMember('member.left', { ...member, gone: 'left' })
  return changes.answer({ head: changes.room.head })
}

/** What two people said to each other is never opened to others by changing the room's kind. */
function requireSameDirectness(found: RoomRow, wanted: RoomRow): void {
  if ((found.kind === 'direct') === (wanted.kind === 'direct')) return
  throw new ChatError('invalid', { field: 'kind', message: `A ${found.kind} room can't become ${wanted.kind}.` })
}

function requireTwo(tx: Transaction, room: StoredRoom, { roomId, members }: RoomUpsert): void {
  const added = new Set(members.map(({ user }) => user.id).filter((id) => !isMember(tx.rows.findMember(roomId, id))))
  if (room.row.memberCount + added.size <= DIRECT_MEMBERS) return
  throw new ChatError('invalid', { field: 'members', message: 'A direct room has two members.' })
}
