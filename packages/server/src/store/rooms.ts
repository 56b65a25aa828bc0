/** What the store does for rooms. */
import type {
  JsonObject,
  Role,
  RoomJoinResult,
  RoomKind,
  RoomLeaveResult,
  RoomOpened,
  RoomRow,
  RoomSummary,
  User,
} from '@parlor/protocol'
import type { Committed, RoomAction } from './change.ts'
import type { RoomPicture, RoomReader } from './room-picture.ts'

export interface RoomStore {
  /**
   * Reads a room for a member, or for a visitor of a public one, in one snapshot.
   * With `since`: a range if that position is of this history, `newest` (where given) is in it, and at most
   * `MAX_CATCH_UP_ROWS` rows changed; else a reset with the newest `limit` messages and the first members.
   * A position is valid if an epoch of the room covers its seq: epoch e covers from the seq before its first change to
   * the seq before the next epoch's first, or to the head for the newest. Seq 0 is valid in a room whose floor is 1.
   * `epoch` in the answer is the newest epoch, or '' for a room without changes.
   * Refuses `room_not_found` (unknown, or private to others), `removed`.
   */
  openRoom(query: OpenRoomQuery): Promise<RoomOpened>

  /**
   * Reads a room for many readers together, in one snapshot, with a number of statements that doesn't grow with them.
   * `openFrom` then gives each of them what `openRoom` would have given, or its refusal. Where nobody may read the room,
   * or it isn't there, nothing but the readers' own rows is read.
   */
  readRoom(query: RoomQuery): Promise<RoomPicture>

  /**
   * Rooms that the user is a member of, and the public rooms that exist, unless the user was removed from them; newest
   * activity first (the newest message's time, or the room's), at most `limit`.
   */
  listRooms(query: { userId: string; limit: number }): Promise<RoomSummary[]>

  /** Newest seqs of these rooms, for those that exist. A node compares them with its feeds. */
  readHeads(roomIds: readonly string[]): Promise<Map<string, RoomHead>>

  /**
   * Changes above `from` as a range, for a node's own repair after a gap: no membership asked, `me` is null. Undefined if
   * `from` isn't valid or more than `MAX_CATCH_UP_ROWS` rows changed: every session must read again by itself.
   */
  readChanges(query: ChangesQuery): Promise<RoomOpened | undefined>

  /**
   * Makes the room or brings it to this state, for the app's server. Fields left out stay. Members named are added or
   * updated, others stay; a name or picture that is null stays too. Every row that really changes is a change of its own.
   * A new room is `private` unless said otherwise. The result has the room after all. Refuses `invalid`: a third member in
   * a direct room, and a kind that becomes `direct` or stops being it.
   */
  upsertRoom(upsert: RoomUpsert): Promise<Committed<{ room: RoomRow; head: number }>>

  /**
   * Becomes a `member`; who was `guest` before leaving is `guest` again. Refuses `room_not_found`; `removed` never:
   * joining is how the removed come back to a public room.
   */
  joinRoom(action: RoomAction): Promise<Committed<RoomJoinResult>>

  /**
   * Leaves a tombstone. Nothing to do for who is no member: who left or was removed gets the seq of that as the head.
   * Refuses `last_owner` (private rooms), `forbidden` (direct rooms), `room_not_found`.
   */
  leaveRoom(action: RoomAction): Promise<Committed<RoomLeaveResult>>
}

// --- types ---

export interface OpenRoomQuery extends RoomReader {
  roomId: string
  isOpen: boolean
}

export interface RoomQuery {
  roomId: string
  isOpen: boolean
  readers: readonly RoomReader[]
  /** For readers that may come later: the newest `MAX_CATCH_UP_ROWS` changes, and so many members' rows. */
  extra?: { members: number } | undefined
}

export interface ChangesQuery {
  roomId: string
  epoch: string
  from: number
}

export interface RoomHead {
  epoch: string
  head: number
}

export interface RoomUpsert {
  roomId: string
  kind?: RoomKind | undefined
  name?: string | null | undefined
  data?: JsonObject | undefined
  members: { user: User; role?: Role | undefined }[]
}
