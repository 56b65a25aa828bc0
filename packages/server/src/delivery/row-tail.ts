/** RowTail keeps the members and messages of a room that changed last, as they are now. */
import { MAX_CATCH_UP_BYTES, MAX_CATCH_UP_ROWS, type MemberRow, type MessageRow } from '@parlor/protocol'
import type { RecentChanges } from '../store/room-picture.ts'
import { sizeOf } from '../store/row-size.ts'

/** Nothing is missing in it: it has every row of its room whose version is above `after`. */
export class RowTail {
  /** Oldest version first. */
  #rows = new Map<string, Row>()
  #after: number
  #isCut = false
  bytes = 0

  /** An empty one, for a room in which nothing has changed since `after`. */
  constructor(after: number) {
    this.#after = after
  }

  get after(): number {
    return this.#after
  }

  /** Takes the rows of the next change, or of the next range: all that changed in it. */
  add(members: readonly MemberRow[], messages: readonly MessageRow[]): void {
    const rows = [...members.map(rowOfMember), ...messages.map(rowOfMessage)]
    for (const row of rows.length > 1 ? rows.sort(byVersion) : rows) this.#put(row)
    this.#trim()
  }

  /** Reaches further back, with what was read at some head that this tail has everything since. */
  extend({ after, isCut, members, messages }: RecentChanges): void {
    if (after >= this.#after) return
    const newer = [...this.#rows.values()]
    const older = [...members.map(rowOfMember), ...messages.map(rowOfMessage)]
    this.#rows = new Map()
    this.bytes = 0
    this.#after = after
    this.#isCut = isCut
    // What changed after the read stands in the tail as it is now, and takes the place of what was read.
    for (const row of [...older.sort(byVersion), ...newer]) this.#put(row)
    this.#trim()
  }

  /** As a picture has them. */
  changes(): RecentChanges {
    const rows = [...this.#rows.values()]
    const messages = rows.flatMap(({ message }) => message ?? []).sort((a, b) => a.seq - b.seq)
    return { after: this.#after, isCut: this.#isCut, members: rows.flatMap(({ member }) => member ?? []), messages }
  }

  /** What changed above this seq, which isn't below `after`. */
  since(seq: number): { members: MemberRow[]; messages: MessageRow[] } {
    const rows = [...this.#rows.values()].filter(({ version }) => version > seq)
    return {
      members: rows.flatMap(({ member }) => member ?? []),
      messages: rows.flatMap(({ message }) => message ?? []),
    }
  }

  findMessage(id: string): MessageRow | undefined {
    return this.#rows.get(messageKey(id))?.message
  }

  #put(row: Row): void {
    const before = this.#rows.get(row.key)
    if (before) {
      this.bytes -= before.bytes
      this.#rows.delete(row.key)
    }
    this.#rows.set(row.key, row)
    this.bytes += row.bytes
  }

  #trim(): void {
    for (const [key, row] of this.#rows) {
      const isOverCount = this.#rows.size > MAX_CATCH_UP_ROWS
      if (!isOverCount && this.bytes <= MAX_CATCH_UP_BYTES) return
      this.#rows.delete(key)
      this.bytes -= row.bytes
      this.#after = row.version
      this.#isCut = isOverCount
    }
  }
}

function rowOfMember(member: MemberRow): Row {
  return { key: `user ${member.userId}`, version: member.version, bytes: sizeOf(member), member }
}

function rowOfMessage(message: MessageRow): Row {
  return { key: messageKey(message.id), version: message.version, bytes: sizeOf(message), message }
}

function messageKey(id: string): string {
  return `message ${id}`
}

function byVersion(a: Row, b: Row): number {
  return a.version - b.version
}

// --- types ---

interface Row {
  key: string
  version: number
  bytes: number
  member?: MemberRow
  message?: MessageRow
}
