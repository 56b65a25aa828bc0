/** One step of a room's live stream: a change, or a range of changes that was read from the store. */
import { encodeItem, type MemberRow, type MessageRow, type RoomOpened, type RoomRow } from '@parlor/protocol'
import type { Change } from '../store/change.ts'

export interface FeedEntry {
  epoch: string
  /** Continues a stream that stands at `from`, and brings it to `to`. */
  from: number
  to: number
  isRange: boolean
  /** The wire item, encoded once for everybody. */
  json: string
  /** Who may read nothing of the room above this entry; for a range, nothing of it either. */
  removedUserIds: readonly string[]
  /** The room may have stopped being public: everybody's access is asked again. */
  changesAccess: boolean
  /** The rows that it carries, as they are at `to`. */
  rows: EntryRows
  /** It is the first change of its epoch. */
  opensEpoch: boolean
}

export interface EntryRows {
  room?: RoomRow | undefined
  members: readonly MemberRow[]
  messages: readonly MessageRow[]
}

export function eventEntry(change: Change): FeedEntry {
  const { event } = change
  return {
    epoch: change.epoch,
    from: event.seq - 1,
    to: event.seq,
    isRange: false,
    json: encodeItem(event),
    // Who left a public room by themselves goes on reading it as a visitor.
    removedUserIds:
      'member' in event && event.member.gone && !(event.member.gone === 'left' && event.room.kind === 'public')
        ? [event.member.userId]
        : NOBODY,
    changesAccess: event.type === 'room.updated' && event.room.kind !== 'public',
    rows: {
      room: 'room' in event ? event.room : undefined,
      members: 'member' in event ? [event.member] : [],
      messages: 'message' in event ? [event.message] : [],
    },
    opensEpoch: event.epoch === change.epoch,
  }
}

/** `opened` has a range. */
export function rangeEntry(opened: RoomOpened & { range: NonNullable<RoomOpened['range']> }): FeedEntry {
  const { roomId, epoch, range } = opened
  return {
    epoch,
    from: range.from,
    to: range.to,
    isRange: true,
    json: encodeItem({ type: 'room.range', roomId, epoch, ...range }),
    removedUserIds: range.members.filter((member) => member.gone).map((member) => member.userId),
    changesAccess: range.room !== undefined && range.room.kind !== 'public',
    rows: range,
    opensEpoch: false,
  }
}

const NOBODY: readonly string[] = []
