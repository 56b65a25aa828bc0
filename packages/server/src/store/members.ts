/**
 * What the store does for members. Who may do what is `can()` of the protocol, asked inside the transaction; roles and
 * `last_owner` bind people, not the app's server. A private room that has an owner keeps at least one.
 */
import type { MemberListResult, MemberResult, Role, User } from '@parlor/protocol'
import type { Committed, RoomAction } from './change.ts'

export interface MemberStore {
  /**
   * Adds a user, or brings back one who is gone; without a role, as `member`. For a member it is a role change if `role`
   * is given and differs, else no change. From the app's server, a name or picture that isn't null is taken over too.
   * Refuses `room_not_found`, `removed`, `forbidden` (a third person in a direct room, too), `last_owner`.
   */
  addMember(addition: MemberAddition): Promise<Committed<MemberResult>>

  /**
   * Leaves a tombstone `removed`; removing the removed is no change.
   * Refuses `room_not_found`, `removed`, `forbidden`, `member_not_found`, `last_owner`.
   */
  removeMember(removal: MemberRemoval): Promise<Committed<MemberResult>>

  /** Refuses `room_not_found`, `removed`, `forbidden`, `member_not_found`, `last_owner`. */
  updateMember(update: MemberUpdate): Promise<Committed<MemberResult>>

  /** A page of members in the order of their ids' UTF-8 bytes, tombstones left out. Refuses `room_not_found`, `removed`. */
  listMembers(query: MemberListQuery): Promise<MemberListResult>
}

// --- types ---

export interface MemberAddition extends RoomAction {
  user: User
  role?: Role | undefined
}

export interface MemberRemoval extends RoomAction {
  userId: string
}

export interface MemberUpdate extends RoomAction {
  userId: string
  role: Role
}

export interface MemberListQuery {
  roomId: string
  userId: string
  isOpen: boolean
  after?: string | undefined
  limit: number
}
