/** Members and their roles. */
import type { MemberRow, Role, RoomRow } from './rows.ts'

/** Adds a user to a room, or brings one back who left or was removed. Owners and moderators. */
export interface MemberAddCommand {
  type: 'member.add'
  roomId: string
  userId: string
  /** Default `member`. Nobody gives a role above their own. */
  role?: Role
}

/** Removes a member: from that change on they get nothing more of the room, live or by history. */
export interface MemberRemoveCommand {
  type: 'member.remove'
  roomId: string
  userId: string
}

/** Gives a member another role. Nobody changes a role above their own, or gives one above it. */
export interface MemberUpdateCommand {
  type: 'member.update'
  roomId: string
  userId: string
  role: Role
}

export interface MemberResult {
  member: MemberRow
  head: number
}

/** Members in the order of their ids, tombstones left out. */
export interface MemberListCommand {
  type: 'member.list'
  roomId: string
  /** The last user id of the page before. */
  after?: string
  /** 1 to 100, default 100. */
  limit?: number
}

export interface MemberListResult {
  epoch: string
  head: number
  members: MemberRow[]
  hasMore: boolean
}

/** A member change. The room row comes along, because its `memberCount` may have changed with it. */
export interface MemberEvent {
  type: 'member.joined' | 'member.left' | 'member.removed' | 'member.updated'
  roomId: string
  seq: number
  /** Present when this change opened a new epoch. */
  epoch?: string
  member: MemberRow
  room: RoomRow
}
