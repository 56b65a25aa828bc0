/** KeptRoom: the last pages of a room as they lie on the device: its rows and their position, in one record. */
import type { MemberRow, MessageRow, Position, RoomRow } from '@parlor/protocol'
import type { RoomState } from '../room-state.ts'

export interface KeptRoom extends Position {
  room: RoomRow
  me: MemberRow | null
  members: readonly MemberRow[]
  membersComplete: boolean
  /** The lower end of the window; its upper one is the live end, always. */
  low: number
  rows: readonly MessageRow[]
}

/** Two pages of the default size: what a person sees without going back far. */
const MOST_ROWS = 100

/** As many as a room is opened with. */
const MOST_MEMBERS = 200

/**
 * The end of what is held, which is true in itself: its window begins where its rows do. Undefined for a window that
 * doesn't reach the live end, because rows that arrive next have no place in it.
 */
export function keepRoom(state: RoomState): KeptRoom | undefined {
  const { epoch, seq, room, me, membersComplete, window } = state
  if (window.high !== Number.POSITIVE_INFINITY) return undefined
  const rows = state.rows.slice(-MOST_ROWS)
  const low = rows.length < state.rows.length ? (rows[0]?.seq ?? 0) : window.low
  const all = [...state.members.values()]
  const isCut = all.length > MOST_MEMBERS
  const members = isCut ? all.filter(({ gone }) => gone === undefined).slice(0, MOST_MEMBERS) : all
  return { epoch, seq, room, me, members, membersComplete: membersComplete && !isCut, low, rows }
}

/** The state that a record holds; undefined if it can't be one of this room. */
export function restoreRoom(record: unknown, roomId: string, viewerId: string): RoomState | undefined {
  if (!isKeptRoom(record) || record.room.id !== roomId) return undefined
  const { epoch, seq, room, me, membersComplete, low, rows } = record
  const members = new Map(record.members.map((member) => [member.userId, member]))
  if (me) members.set(me.userId, me)
  const window = { low, high: Number.POSITIVE_INFINITY }
  return { epoch, seq, room, viewerId, me, members, membersComplete, window, rows }
}

function isKeptRoom(record: unknown): record is KeptRoom {
  if (typeof record !== 'object' || record === null) return false
  const { epoch, seq, room, me, members, membersComplete, low, rows } = record as Record<string, unknown>
  return (
    typeof epoch === 'string' &&
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(low) &&
    typeof membersComplete === 'boolean' &&
    isRow(room, 'id') &&
    (me === null || isMember(me)) &&
    Array.isArray(members) &&
    members.every(isMember) &&
    Array.isArray(rows) &&
    rows.every((row, at) => isMessage(row) && row.seq > ((rows[at - 1] as MessageRow | undefined)?.seq ?? 0))
  )
}

function isRow(value: unknown, idName: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  const row = value as Record<string, unknown>
  return typeof row[idName] === 'string' && Number.isSafeInteger(row.version)
}

function isMember(value: unknown): boolean {
  return isRow(value, 'userId') && hasName(value) && Number.isFinite((value as { joinedAt?: unknown }).joinedAt)
}

function isMessage(value: unknown): value is MessageRow {
  const { seq, text, user, createdAt, reactions } = (value ?? {}) as Record<string, unknown>
  const isWhole = typeof text === 'string' && Number.isFinite(createdAt) && hasName(user)
  return (
    isRow(value, 'id') &&
    Number.isSafeInteger(seq) &&
    isWhole &&
    Array.isArray(reactions) &&
    reactions.every(isReaction)
  )
}

function hasName(value: unknown): boolean {
  const { name } = (value ?? {}) as Record<string, unknown>
  return name === null || typeof name === 'string'
}

function isReaction(value: unknown): boolean {
  const { emoji, userIds } = (value ?? {}) as Record<string, unknown>
  return typeof emoji === 'string' && Array.isArray(userIds) && userIds.every((id) => typeof id === 'string')
}
