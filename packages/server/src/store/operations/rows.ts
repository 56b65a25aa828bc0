/** Rows is what the transaction logic needs of a database: rows in, rows out, inside one open transaction. */
import type { MemberRow, MessageRow, RoomRow } from '@parlor/protocol'
import type { Epoch } from '../room-picture.ts'

/**
 * What single rows are found by. Every method of Rows is synchronous and sees what the transaction wrote before. Rows are
 * never changed in place: a changed row is a new object.
 */
export interface Finds {
  findRoom(roomId: string): StoredRoom | undefined
  /** The member's row, tombstones included. */
  findMember(roomId: string, userId: string): MemberRow | undefined
  findMessage(roomId: string, messageId: string): StoredMessage | undefined
  /** Whether this sender took this id back, or was refused it for good. */
  isBurned(id: BurnedId): boolean
  /** Owners now, tombstones not counted. */
  countOwners(roomId: string): number
}

/** What readers are shown. */
export interface Lists {
  /** Rooms that the user is a member of, and public rooms that they weren't removed from; newest activity first. */
  listRooms(userId: string, limit: number): StoredRoom[]
  /** Oldest first. */
  listEpochs(roomId: string): Epoch[]

  /** The rows of those of them who have one. */
  findMembers(roomId: string, userIds: readonly string[]): MemberRow[]
  /** The most powerful first, then in the order of their ids; tombstones left out. */
  listLeadingMembers(roomId: string, limit: number): MemberRow[]
  /** In the order of their ids' UTF-8 bytes, after this id; tombstones left out. */
  listMembers(roomId: string, after: string, limit: number): MemberRow[]
  /** Members with a version above `from`, tombstones included, by version. */
  listChangedMembers(roomId: string, from: number, limit: number): MemberRow[]
  /** The same from the other end: those that changed last, the newest version first. */
  listNewestMembers(roomId: string, from: number, limit: number): MemberRow[]

  /** The places in the list of those of these messages that there are. */
  findMessageSeqs(roomId: string, messageIds: readonly string[]): Map<string, number>
  /** Messages created before this seq, newest first. */
  listMessagesBefore(roomId: string, seq: number, limit: number): MessageRow[]
  /** Messages created after this seq, oldest first. */
  listMessagesAfter(roomId: string, seq: number, limit: number): MessageRow[]
  /** Messages with a version above `from`: those that changed last, in no order. */
  listNewestChanged(roomId: string, from: number, limit: number): MessageRow[]

  /** Revoked sessions whose end is later than this. */
  listRevokedSessions(after: number): string[]
}

/** What changes make of it. A room must be put before its members, messages and epochs are. */
export interface Writes {
  putRoom(room: StoredRoom): void
  addEpoch(roomId: string, epoch: Epoch): void
  putMember(roomId: string, member: MemberRow): void
  insertMessage(roomId: string, message: StoredMessage): void
  updateMessage(roomId: string, message: StoredMessage): void
  burn(id: BurnedId, nowMs: number): void
  /** Remembers the later of two ends for a session, and forgets the sessions that are past theirs. */
  revokeSession(sid: string, until: number, nowMs: number): void
}

/** A database that can do all of it in any transaction. */
export interface Rows extends Finds, Lists, Writes {}

/** One transaction that changes something, as the logic sees it. */
export interface Transaction {
  rows: Finds & Writes
  /** `Store.startId`: the epoch of every change made now. */
  startId: string
  /** What every row made now says about when, in ms since 1970. */
  nowMs: number
}

/** One that only reads, from one snapshot. */
export interface Snapshot {
  rows: Finds & Lists
  nowMs: number
}

/** A room's row and what only the store knows of it. */
export interface StoredRoom {
  row: RoomRow
  /** The newest seq; 0 for a room never written. */
  head: number
  /** The newest epoch; empty for a room never written. */
  epoch: string
  /** The newest message's ordinal. */
  ordinal: number
  /** When the newest message was created, or the room, in ms since 1970. */
  activeAt: number
}

/** A message's row and what only the store knows of it. */
export interface StoredMessage {
  row: MessageRow
  /** The hash of the command as first sent. */
  hash: string
  /** Names the last edit. */
  editId: string | null
}

/** An id is burned for one sender only, so that nobody can spoil another's. */
export interface BurnedId {
  roomId: string
  messageId: string
  userId: string
}

/** A room that nobody has written yet, as its readers see it. */
export function blankRoom(roomId: string): StoredRoom {
  return {
    row: { id: roomId, kind: 'public', name: null, memberCount: 0, floor: 1, createdAt: 0, version: 0 },
    head: 0,
    epoch: '',
    ordinal: 0,
    activeAt: 0,
  }
}
