/** What is copied from one store to another: rows, by the columns that both have. */
import { COLUMNS } from '../postgres/sql.ts'

export { COLUMNS }

// --- types ---

/** By its columns. */
export type Row = Record<string, string | number | null>

/** What belongs to no room's history. */
export type LooseTable = 'burned_ids' | 'revoked_sessions'

export type RoomTable = 'room_epochs' | 'members' | 'messages'

/** A room in the place that is copied from. */
export interface SourceRoom extends Row {
  key: number
  id: string
  head: number
  epoch: string
  ordinal: number
  member_count: number
}

/** A room in the place that is copied to. */
export interface TargetRoom {
  key: number
  id: string
  head: number
  epoch: string
}

/** What one transaction writes: `rooms` are whole with it. */
export interface Batch {
  epochs: Row[]
  members: Row[]
  messages: Row[]
  rooms: Row[]
}
