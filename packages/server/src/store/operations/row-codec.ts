/** How the protocol's rows stand in a table's columns. */
import { type JsonObject, type MemberRow, type MessageRow, ROLES, type RoomKind, type RoomRow } from '@parlor/protocol'
import type { StoredMessage, StoredRoom } from './rows.ts'

/** The parameters of `insertRoom` and `updateRoom`. */
export function roomValues({ row, head, epoch, ordinal, activeAt }: StoredRoom): Value[] {
  const { id, kind, name, data, memberCount, floor, createdAt, version } = row
  return [id, kind, name, json(data), memberCount, floor, createdAt, version, head, epoch, ordinal, activeAt]
}

export function readRoom(columns: Columns): StoredRoom {
  const row: RoomRow = {
    id: columns.id as string,
    kind: columns.kind as RoomKind,
    name: columns.name as string | null,
    memberCount: columns.member_count as number,
    floor: columns.floor as number,
    createdAt: columns.created_at as number,
    version: columns.version as number,
  }
  if (columns.data !== null) row.data = JSON.parse(columns.data as string) as JsonObject
  return {
    row,
    head: columns.head as number,
    epoch: columns.epoch as string,
    ordinal: columns.ordinal as number,
    activeAt: columns.active_at as number,
  }
}

/** The parameters of `putMember`. */
export function memberValues(room: number, member: MemberRow): Value[] {
  const { userId, name, picture, role, joinedAt, version, gone } = member
  return [room, userId, name, picture, ROLES.indexOf(role), joinedAt, version, gone ?? null]
}

export function readMember(columns: Columns): MemberRow {
  const role = ROLES[columns.rank as number]
  if (!role) throw new Error(`a member's rank is ${columns.rank}`)
  const member: MemberRow = {
    userId: columns.user_id as string,
    name: columns.name as string | null,
    picture: columns.picture as string | null,
    role,
    joinedAt: columns.joined_at as number,
    version: columns.version as number,
  }
  if (columns.gone !== null) member.gone = columns.gone as 'left' | 'removed'
  return member
}

/** The parameters of `insertMessage`. */
export function messageValues(room: number, { row, hash, editId }: StoredMessage): Value[] {
  const { id, seq, version, ordinal, textVersion, user, text, data, createdAt } = row
  const author = [user.id, user.name, user.picture]
  const end = [row.editedAt ?? null, row.deletedAt ?? null, row.deletedBy ?? null, hash, editId]
  return [room, id, seq, version, ordinal, textVersion, ...author, text, json(data), reactions(row), createdAt, ...end]
}

/** The parameters of `updateMessage`: of a message that exists, the rest never changes. */
export function messageChangeValues(room: number, { row, editId }: StoredMessage): Value[] {
  const { id, version, textVersion, text, data } = row
  const end = [row.editedAt ?? null, row.deletedAt ?? null, row.deletedBy ?? null, editId]
  return [room, id, version, textVersion, text, json(data), reactions(row), ...end]
}

export function readMessage(columns: Columns): MessageRow {
  const row: MessageRow = {
    id: columns.id as string,
    seq: columns.seq as number,
    version: columns.version as number,
    ordinal: columns.ordinal as number,
    textVersion: columns.text_version as number,
    user: {
      id: columns.user_id as string,
      name: columns.user_name as string | null,
      picture: columns.user_picture as string | null,
    },
    text: columns.text as string,
    createdAt: columns.created_at as number,
    reactions: columns.reactions === null ? [] : JSON.parse(columns.reactions as string),
  }
  if (columns.data !== null) row.data = JSON.parse(columns.data as string) as JsonObject
  if (columns.edited_at !== null) row.editedAt = columns.edited_at as number
  if (columns.deleted_at !== null) row.deletedAt = columns.deleted_at as number
  if (columns.deleted_by !== null) row.deletedBy = columns.deleted_by as string
  return row
}

export function readStoredMessage(columns: Columns): StoredMessage {
  return { row: readMessage(columns), hash: columns.hash as string, editId: columns.edit_id as string | null }
}

function json(value: JsonObject | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** Most messages have none: null takes no room. */
function reactions(row: MessageRow): string | null {
  return row.reactions.length === 0 ? null : JSON.stringify(row.reactions)
}

// --- types ---

export type Value = string | number | null
export type Columns = Record<string, unknown>
