/** What happens to members inside a transaction: added, removed, given a role, listed. */
import {
  ChatError,
  isAtLeast,
  type MemberListResult,
  type MemberResult,
  type MemberRow,
  type Role,
  type User,
} from '@parlor/protocol'
import type { Committed } from '../change.ts'
import type { MemberAddition, MemberListQuery, MemberRemoval, MemberUpdate } from '../members.ts'
import { isMember } from '../membership.ts'
import { type Access, requireAccess, requireNotDirect, requirePlace, requireReader } from './access.ts'
import { RoomChanges } from './room-changes.ts'
import type { Snapshot, StoredRoom, Transaction } from './rows.ts'

export function addMember(tx: Transaction, addition: MemberAddition): Committed<MemberResult> {
  const { actor, user, role } = addition
  const access = requireAccess(tx, 'member.add', addition)
  const changes = new RoomChanges(tx, access.room)
  const found = tx.rows.findMember(addition.roomId, user.id)
  if (isMember(found)) {
    if (!actor.isServer && role !== undefined) requireRank(access, found.role, role)
    if (!actor.isServer && role !== undefined && role !== 'owner') requireOwnerStays(tx, access.room, found)
    const member = changeMember(changes, found, { role, user: actor.isServer ? user : undefined })
    return changes.answer({ member, head: changes.room.head })
  }
  if (!actor.isServer) requireRank(access, role ?? 'member')
  requirePlace(access.room)
  createIfBlank(tx, changes)
  const member = admitUser(tx, changes, user, role ?? 'member')
  return changes.answer({ member, head: changes.room.head })
}

export function removeMember(tx: Transaction, removal: MemberRemoval): Committed<MemberResult> {
  const { actor, userId } = removal
  const access = requireAccess(tx, 'member.remove', removal)
  requireNotDirect(access.room)
  const changes = new RoomChanges(tx, access.room)
  const found = tx.rows.findMember(removal.roomId, userId)
  if (found?.gone === 'removed') return changes.answer({ member: found, head: access.room.head })
  if (!isMember(found)) throw new ChatError('member_not_found')
  if (!actor.isServer) {
    requireRank(access, found.role)
    requireOwnerStays(tx, access.room, found)
  }
  const member = changes.commitMember('member.removed', { ...found, gone: 'removed' })
  return changes.answer({ member, head: changes.room.head })
}

export function updateMember(tx: Transaction, update: MemberUpdate): Committed<MemberResult> {
  const { actor, userId, role } = update
  const access = requireAccess(tx, 'member.update', update)
  requireNotDirect(access.room)
  const found = tx.rows.findMember(update.roomId, userId)
  if (!isMember(found)) throw new ChatError('member_not_found')
  if (!actor.isServer) {
    requireRank(access, found.role, role)
    if (role !== 'owner') requireOwnerStays(tx, access.room, found)
  }
  const changes = new RoomChanges(tx, access.room)
  const member = changeMember(changes, found, { role })
  return changes.answer({ member, head: changes.room.head })
}

export function listMembers(tx: Snapshot, query: MemberListQuery): MemberListResult {
  const { room } = requireReader(tx, query, query.userId)
  const members = tx.rows.listMembers(query.roomId, query.after ?? '', query.limit + 1)
  const hasMore = members.length > query.limit
  return { epoch: room.epoch, head: room.head, members: members.slice(0, query.limit), hasMore }
}

/** Makes an open room that nobody has written yet. */
export function createIfBlank(tx: Transaction, changes: RoomChanges): void {
  if (changes.room.head > 0) return
  changes.commitRoom('room.created', { ...changes.room.row, createdAt: tx.nowMs })
}

/** Makes a member of who isn't one. A name or picture that nobody knows now is kept from an earlier membership. */
export function admitUser(tx: Transaction, changes: RoomChanges, user: User, role: Role): MemberRow {
  const found = tx.rows.findMember(changes.room.row.id, user.id)
  return changes.commitMember('member.joined', {
    userId: user.id,
    name: user.name ?? found?.name ?? null,
    picture: user.picture ?? found?.picture ?? null,
    role,
    joinedAt: tx.nowMs,
  })
}

/** What somebody who comes back by themselves may be: leaving and joining again gives nobody a higher role. */
export function roleOfReturning(member: MemberRow | undefined): Role {
  return member && !isAtLeast(member.role, 'member') ? member.role : 'member'
}

/** Gives a member what is named and differs; what is left out or null stays. */
export function changeMember(changes: RoomChanges, member: MemberRow, to: MemberPatch): MemberRow {
  const role = to.role ?? member.role
  const name = to.user?.name ?? member.name
  const picture = to.user?.picture ?? member.picture
  if (role === member.role && name === member.name && picture === member.picture) return member
  return changes.commitMember('member.updated', { ...member, role, name, picture })
}

/** A private room that has an owner keeps at least one: refuses to lose this member as an owner if it is the last. */
export function requireOwnerStays(tx: Transaction, room: StoredRoom, member: MemberRow): void {
  if (room.row.kind !== 'private' || member.role !== 'owner') return
  if (tx.rows.countOwners(room.row.id) <= 1) throw new ChatError('last_owner')
}

/** Nobody gives, changes or removes a role above their own. */
function requireRank(access: Access, ...roles: Role[]): void {
  const own = access.member
  if (!isMember(own) || !roles.every((role) => isAtLeast(own.role, role))) throw new ChatError('forbidden')
}

// --- types ---

interface MemberPatch {
  role?: Role | undefined
  user?: User | undefined
}
