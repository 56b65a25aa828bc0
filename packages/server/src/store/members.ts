/** What the store does for members. Who may do what is `can()` of the protocol, asked inside the transaction. */
import type { MemberListResult, MemberResult, Role, User } from '@parlor/protocol'
import type { Committed, RoomAction } from './change.ts'

export interface MemberStore {
  /**
   * Adds a user, or brings back one who is gone. For a member it is a role change if `role` differs, else no change.
   * Refuses `room_not_found`, `removed`, `forbidden`.
   */
  addMember(action: RoomAction & { user: User; role?: Role | undefined }): Promise<Committed<MemberResult>>

  /** Leaves a tombstone `removed`. Refuses `room_not_found`, `removed`, `forbidden`, `member_not_found`, `last_owner`. */
  removeMember(action: RoomAction & { userId: string }): Promise<Committed<MemberResult>>

  /** Refuses `room_not_found`, `removed`, `forbidden`, `member_not_found`, `last_owner`. */
  updateMember(action: RoomAction & { userId: string; role: Role }): Promise<Committed<MemberResult>>

  /** A page of members in the order of their ids. Refuses `room_not_found`, `removed`. */
  listMembers(query: MemberListQuery): Promise<MemberListResult>
}

// --- types ---

export interface MemberListQuery {
  roomId: string
  userId: string
  isOpen: boolean
  after?: string | undefined
  limit: number
}
