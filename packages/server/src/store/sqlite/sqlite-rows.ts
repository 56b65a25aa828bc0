/** SqliteRows reads and writes the rows of one connection, inside the transaction that its owner opened. */
import type { MemberRow, MessageRow } from '@parlor/protocol'
import {
  type Columns,
  memberValues,
  messageChangeValues,
  messageValues,
  readMember,
  readMessage,
  readRoom,
  readStoredMessage,
  roomValues,
  type Value,
} from '../operations/row-codec.ts'
import type { BurnedId, Rows, StoredMessage, StoredRoom } from '../operations/rows.ts'
import type { Epoch } from '../room-picture.ts'
import type { Database, Statement } from './database.ts'
import { SQL } from './sql.ts'

/**
 * Rooms and members that were met are kept, and changed rooms are written by `flush`, once for all the changes of a
 * transaction. So whoever writes calls `flush` before COMMIT, and `forget` after a ROLLBACK; and who reads beside another
 * connection that writes calls `forget` after every transaction.
 */
export class SqliteRows implements Rows {
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()
  readonly #rooms = new Map<string, KnownRoom>()
  readonly #changed = new Set<KnownRoom>()
  #memberCount = 0

  constructor(database: Database) {
    this.#database = database
  }

  flush(): void {
    for (const known of this.#changed) this.#run(SQL.updateRoom, ...roomValues(known.room))
    this.#changed.clear()
    if (this.#rooms.size > MAX_KNOWN || this.#memberCount > MAX_KNOWN) this.forget()
  }

  forget(): void {
    this.#rooms.clear()
    this.#changed.clear()
    this.#memberCount = 0
  }

  findRoom(roomId: string): StoredRoom | undefined {
    return this.#know(roomId)?.room
  }

  putRoom(room: StoredRoom): void {
    const known = this.#know(room.row.id)
    if (known) {
      known.room = room
      this.#changed.add(known)
      return
    }
    const { lastInsertRowid } = this.#statement(SQL.insertRoom).run(...roomValues(room))
    this.#rooms.set(room.row.id, { key: Number(lastInsertRowid), room, members: new Map() })
  }

  listRooms(userId: string, limit: number): StoredRoom[] {
    this.flush()
    // Each list has its `limit` newest, so the newest of both are among them.
    return [...this.#all(SQL.listPublicRooms, userId, limit), ...this.#all(SQL.listOwnRooms, userId, limit)]
      .map(readRoom)
      .sort((a, b) => b.activeAt - a.activeAt || (a.row.id < b.row.id ? -1 : 1))
      .slice(0, limit)
  }

  listEpochs(roomId: string): Epoch[] {
    const key = this.#know(roomId)?.key
    if (key === undefined) return []
    return this.#all(SQL.listEpochs, key).map(({ epoch, first }) => ({ epoch: String(epoch), first: Number(first) }))
  }

  addEpoch(roomId: string, { epoch, first }: Epoch): void {
    this.#run(SQL.addEpoch, this.#key(roomId), first, epoch)
  }

  findMember(roomId: string, userId: string): MemberRow | undefined {
    const known = this.#know(roomId)
    if (!known) return undefined
    const kept = known.members.get(userId)
    if (kept) return kept
    const columns = this.#get(SQL.findMember, known.key, userId)
    return columns && this.#keep(known, readMember(columns))
  }

  findMembers(roomId: string, userIds: readonly string[]): MemberRow[] {
    const [only] = userIds
    if (userIds.length > 1) return this.#members(SQL.findMembers, roomId, JSON.stringify(userIds))
    const member = only === undefined ? undefined : this.findMember(roomId, only)
    return member ? [member] : []
  }

  putMember(roomId: string, member: MemberRow): void {
    this.#run(SQL.putMember, ...memberValues(this.#key(roomId), member))
    const known = this.#know(roomId)
    if (known) this.#keep(known, member)
  }

  countOwners(roomId: string): number {
    return Number(this.#get(SQL.countOwners, this.#key(roomId))?.owners ?? 0)
  }

  listLeadingMembers(roomId: string, limit: number): MemberRow[] {
    return this.#members(SQL.listLeadingMembers, roomId, limit)
  }

  listMembers(roomId: string, after: string, limit: number): MemberRow[] {
    return this.#members(SQL.listMembers, roomId, after, limit)
  }

  listChangedMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return this.#members(SQL.listChangedMembers, roomId, from, limit)
  }

  listNewestMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return this.#members(SQL.listNewestMembers, roomId, from, limit)
  }

  findMessage(roomId: string, messageId: string): StoredMessage | undefined {
    const key = this.#know(roomId)?.key
    const columns = key === undefined ? undefined : this.#get(SQL.findMessage, key, messageId)
    return columns && readStoredMessage(columns)
  }

  findMessageSeqs(roomId: string, messageIds: readonly string[]): Map<string, number> {
    const key = this.#know(roomId)?.key
    if (key === undefined || messageIds.length === 0) return new Map()
    const found = this.#all(SQL.findMessageSeqs, key, JSON.stringify([...new Set(messageIds)]))
    return new Map(found.map(({ id, seq }) => [String(id), Number(seq)]))
  }

  insertMessage(roomId: string, message: StoredMessage): void {
    this.#run(SQL.insertMessage, ...messageValues(this.#key(roomId), message))
  }

  updateMessage(roomId: string, message: StoredMessage): void {
    this.#run(SQL.updateMessage, ...messageChangeValues(this.#key(roomId), message))
  }

  listMessagesBefore(roomId: string, seq: number, limit: number): MessageRow[] {
    return this.#messages(SQL.listMessagesBefore, roomId, seq, limit)
  }

  listMessagesAfter(roomId: string, seq: number, limit: number): MessageRow[] {
    return this.#messages(SQL.listMessagesAfter, roomId, seq, limit)
  }

  listNewestChanged(roomId: string, from: number, limit: number): MessageRow[] {
    // Each list has its newest, so the newest of both are among them.
    const made = this.#messages(SQL.listNewestMessages, roomId, from, limit)
    const changed = this.#messages(SQL.listNewestChangedMessages, roomId, from, limit)
    const byId = new Map([...made, ...changed].map((row) => [row.id, row]))
    return [...byId.values()].sort((a, b) => b.version - a.version).slice(0, limit)
  }

  isBurned({ messageId, roomId, userId }: BurnedId): boolean {
    return this.#get(SQL.isBurned, messageId, roomId, userId) !== undefined
  }

  burn({ messageId, roomId, userId }: BurnedId, nowMs: number): void {
    this.#run(SQL.burn, messageId, roomId, userId, nowMs)
  }

  revokeSession(sid: string, until: number, nowMs: number): void {
    this.#run(SQL.revokeSession, sid, until)
    this.#run(SQL.forgetSessions, nowMs)
  }

  listRevokedSessions(after: number): string[] {
    return this.#all(SQL.listRevokedSessions, after).map(({ sid }) => String(sid))
  }

  /** Writes a row that nobody reads. */
  recordHealth(nowMs: number): void {
    this.#run(SQL.recordHealth, nowMs)
  }

  #know(roomId: string): KnownRoom | undefined {
    const known = this.#rooms.get(roomId)
    if (known) return known
    const columns = this.#get(SQL.findRoom, roomId)
    if (!columns) return undefined
    const found: KnownRoom = { key: Number(columns.key), room: readRoom(columns), members: new Map() }
    this.#rooms.set(roomId, found)
    return found
  }

  #keep(known: KnownRoom, member: MemberRow): MemberRow {
    if (!known.members.has(member.userId)) this.#memberCount++
    known.members.set(member.userId, member)
    return member
  }

  #key(roomId: string): number {
    const known = this.#know(roomId)
    if (!known) throw new Error(`no room ${roomId}`)
    return known.key
  }

  #members(sql: string, roomId: string, ...values: Value[]): MemberRow[] {
    const key = this.#know(roomId)?.key
    return key === undefined ? [] : this.#all(sql, key, ...values).map(readMember)
  }

  #messages(sql: string, roomId: string, ...values: Value[]): MessageRow[] {
    const key = this.#know(roomId)?.key
    return key === undefined ? [] : this.#all(sql, key, ...values).map(readMessage)
  }

  #get(sql: string, ...values: Value[]): Columns | undefined {
    return this.#statement(sql).get(...values)
  }

  #all(sql: string, ...values: Value[]): Columns[] {
    return this.#statement(sql).all(...values)
  }

  #run(sql: string, ...values: Value[]): void {
    this.#statement(sql).run(...values)
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** Rooms, and members of all of them together, that are kept between transactions: some 10 MB. */
const MAX_KNOWN = 10_000

// --- types ---

interface KnownRoom {
  key: number
  room: StoredRoom
  members: Map<string, MemberRow>
}
