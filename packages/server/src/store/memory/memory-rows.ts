/** MemoryRows keeps the rows of a store in maps. */
import { type MemberRow, type MessageRow, ROLES } from '@parlor/protocol'
import { isMember } from '../membership.ts'
import type { BurnedId, Rows, StoredMessage, StoredRoom } from '../operations/rows.ts'
import type { Epoch } from '../room-picture.ts'

export class MemoryRows implements Rows {
  readonly #rooms = new Map<string, RoomTable>()
  readonly #burned = new Set<string>()
  /** When a revoked session may be forgotten, by its id. */
  readonly #revoked = new Map<string, number>()

  findRoom(roomId: string): StoredRoom | undefined {
    return this.#rooms.get(roomId)?.room
  }

  putRoom(room: StoredRoom): void {
    const table = this.#rooms.get(room.row.id)
    if (table) table.room = room
    else this.#rooms.set(room.row.id, { room, epochs: [], members: new Map(), messages: [], byId: new Map() })
  }

  listRooms(userId: string, limit: number): StoredRoom[] {
    return [...this.#rooms.values()]
      .filter(({ room, members }) => {
        const member = members.get(userId)
        return isMember(member) || (room.row.kind === 'public' && member?.gone !== 'removed')
      })
      .map(({ room }) => room)
      .sort((a, b) => b.activeAt - a.activeAt || compareUtf8(a.row.id, b.row.id))
      .slice(0, limit)
  }

  listEpochs(roomId: string): Epoch[] {
    return this.#rooms.get(roomId)?.epochs ?? []
  }

  addEpoch(roomId: string, epoch: Epoch): void {
    this.#table(roomId).epochs.push(epoch)
  }

  findMember(roomId: string, userId: string): MemberRow | undefined {
    return this.#rooms.get(roomId)?.members.get(userId)
  }

  findMembers(roomId: string, userIds: readonly string[]): MemberRow[] {
    return userIds.flatMap((userId) => this.findMember(roomId, userId) ?? [])
  }

  putMember(roomId: string, member: MemberRow): void {
    this.#table(roomId).members.set(member.userId, member)
  }

  countOwners(roomId: string): number {
    return this.#membersNow(roomId).filter((member) => member.role === 'owner').length
  }

  listLeadingMembers(roomId: string, limit: number): MemberRow[] {
    return this.#membersNow(roomId)
      .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || compareUtf8(a.userId, b.userId))
      .slice(0, limit)
  }

  listMembers(roomId: string, after: string, limit: number): MemberRow[] {
    return this.#membersNow(roomId)
      .filter((member) => compareUtf8(member.userId, after) > 0)
      .sort((a, b) => compareUtf8(a.userId, b.userId))
      .slice(0, limit)
  }

  listChangedMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return [...(this.#rooms.get(roomId)?.members.values() ?? [])]
      .filter((member) => member.version > from)
      .sort((a, b) => a.version - b.version)
      .slice(0, limit)
  }

  listNewestMembers(roomId: string, from: number, limit: number): MemberRow[] {
    return this.listChangedMembers(roomId, from, Number.POSITIVE_INFINITY).reverse().slice(0, limit)
  }

  findMessage(roomId: string, messageId: string): StoredMessage | undefined {
    const table = this.#rooms.get(roomId)
    const index = table?.byId.get(messageId)
    return index === undefined ? undefined : table?.messages[index]
  }

  findMessageSeqs(roomId: string, messageIds: readonly string[]): Map<string, number> {
    const found = messageIds.flatMap((id) => this.findMessage(roomId, id)?.row ?? [])
    return new Map(found.map(({ id, seq }) => [id, seq]))
  }

  insertMessage(roomId: string, message: StoredMessage): void {
    const table = this.#table(roomId)
    table.byId.set(message.row.id, table.messages.push(message) - 1)
  }

  updateMessage(roomId: string, message: StoredMessage): void {
    const table = this.#table(roomId)
    const index = table.byId.get(message.row.id)
    if (index === undefined) throw new Error(`no message ${message.row.id} in ${roomId}`)
    table.messages[index] = message
  }

  listMessagesBefore(roomId: string, seq: number, limit: number): MessageRow[] {
    const rows = this.#messageRows(roomId)
    const end = rows.findLastIndex((row) => row.seq < seq) + 1
    return rows.slice(Math.max(0, end - limit), end).reverse()
  }

  listMessagesAfter(roomId: string, seq: number, limit: number): MessageRow[] {
    const rows = this.#messageRows(roomId)
    const start = rows.findLastIndex((row) => row.seq <= seq) + 1
    return rows.slice(start, start + limit)
  }

  listChangedMessages(roomId: string, from: number, limit: number): MessageRow[] {
    return this.#messageRows(roomId)
      .filter((row) => row.version > from)
      .slice(0, limit)
  }

  listNewestChanged(roomId: string, from: number, limit: number): MessageRow[] {
    return this.#messageRows(roomId)
      .filter((row) => row.version > from)
      .sort((a, b) => b.version - a.version)
      .slice(0, limit)
  }

  isBurned(id: BurnedId): boolean {
    return this.#burned.has(keyOf(id))
  }

  burn(id: BurnedId): void {
    this.#burned.add(keyOf(id))
  }

  revokeSession(sid: string, until: number, nowMs: number): void {
    this.#revoked.set(sid, Math.max(until, this.#revoked.get(sid) ?? 0))
    for (const [other, end] of this.#revoked) if (end <= nowMs) this.#revoked.delete(other)
  }

  listRevokedSessions(after: number): string[] {
    return [...this.#revoked].filter(([, until]) => until > after).map(([sid]) => sid)
  }

  #table(roomId: string): RoomTable {
    const table = this.#rooms.get(roomId)
    if (!table) throw new Error(`no room ${roomId}`)
    return table
  }

  #membersNow(roomId: string): MemberRow[] {
    return [...(this.#rooms.get(roomId)?.members.values() ?? [])].filter(isMember)
  }

  #messageRows(roomId: string): MessageRow[] {
    return this.#rooms.get(roomId)?.messages.map((message) => message.row) ?? []
  }
}

function keyOf({ roomId, messageId, userId }: BurnedId): string {
  return JSON.stringify([roomId, messageId, userId])
}

/** The order in which databases keep text: by its UTF-8 bytes, not by UTF-16 code units. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

// --- types ---

interface RoomTable {
  room: StoredRoom
  epochs: Epoch[]
  members: Map<string, MemberRow>
  /** In the order of their seqs. */
  messages: StoredMessage[]
  /** Index in `messages` by id. */
  byId: Map<string, number>
}
