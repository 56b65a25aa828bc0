/** Rooms: open, close, join, leave, list; and the changes of the room row. */
import type { ResumePoint, RoomOpened } from './connect.ts'
import type { MemberRow, MessageRow, RoomRow } from './rows.ts'

/** Follows a room from now on. Never writes. Answers with a range from `since`, or with a reset. */
export interface RoomOpenCommand {
  type: 'room.open'
  roomId: string
  since?: ResumePoint
  /** Messages in a reset; 1 to 100, default 50. */
  limit?: number
}

export type RoomOpenResult = RoomOpened

/** Stops following a room on this connection. Never fails. */
export interface RoomCloseCommand {
  type: 'room.close'
  roomId: string
}

/** Becomes a member of a public room. Joining twice is no change. */
export interface RoomJoinCommand {
  type: 'room.join'
  roomId: string
}

export interface RoomJoinResult {
  member: MemberRow
  head: number
}

/** Stops being a member. Leaving twice is no change. The last owner of a private room can't leave. */
export interface RoomLeaveCommand {
  type: 'room.leave'
  roomId: string
}

export interface RoomLeaveResult {
  head: number
}

/** The rooms that the user is a member of, and the public rooms that exist; newest activity first. */
export interface RoomListCommand {
  type: 'room.list'
}

export interface RoomSummary {
  room: RoomRow
  me: MemberRow | null
  head: number
  /** The newest message, unless the room has none; a tombstone if that was deleted. */
  lastMessage: MessageRow | null
}

export interface RoomListResult {
  rooms: RoomSummary[]
}

/** The room was made (`room.created`), or its name, kind or data changed. */
export interface RoomEvent {
  type: 'room.created' | 'room.updated'
  roomId: string
  seq: number
  /** Present when this change opened a new epoch. */
  epoch?: string
  room: RoomRow
}
