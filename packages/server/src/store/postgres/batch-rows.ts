/** BatchRows are the rows that a batch of changes works on: those that were read under its locks, and what it made of them. */
import { ChatError, type MemberRow } from '@parlor/protocol'
import { isMember } from '../membership.ts'
import type { BurnedId, Finds, StoredMessage, StoredRoom, Writes } from '../operations/rows.ts'
import type { Epoch } from '../room-picture.ts'
import { Missing } from './missing.ts'

export class BatchRows implements Finds, Writes {
  readonly #rooms = new Map<string, StoredRoom | undefined>()
  /** The keys of the rooms that exist in the database. */
  readonly #keys = new Map<string, number>()
  readonly #members = new Map<string, MemberRow | undefined>()
  readonly #messages = new Map<string, StoredMessage | undefined>()
  readonly #burned = new Map<string, boolean>()
  /** Who owned a room before the batch. */
  readonly #owners = new Map<string, Set<string>>()
  /** What is to be written, each row once, as it is in the end. */
  readonly #changedRooms = new Map<string, StoredRoom>()
  readonly #epochs = new Map<string, { roomId: string; epoch: Epoch }>()
  readonly #changedMembers = new Map<string, { roomId: string; member: MemberRow }>()
  readonly #inserted = new Map<string, { roomId: string; message: StoredMessage }>()
  readonly #updated = new Map<string, { roomId: string; message: StoredMessage }>()
  readonly #newlyBurned = new Map<string, BurnedId & { nowMs: number }>()
  readonly #revoked = new Map<string, { sid: string; until: number; nowMs: number }>()
  /** What takes back the operation that runs now. */
  #undo: (() => void)[] = []

  /**
   * Runs one operation. A refusal is an outcome, and keeps what was written with it; whatever else is thrown takes back
   * what the operation wrote.
   */
  attempt<T>(operation: () => T): T {
    this.#undo = []
    try {
      return operation()
    } catch (error) {
      if (!(error instanceof ChatError)) for (const undo of this.#undo.reverse()) undo()
      throw error
    }
  }

  // --- what was read ---

  /** The room as it is under its lock; undefined for one that isn't there. */
  readRoom(roomId: string, found: { key: number; room: StoredRoom } | undefined): void {
    this.#rooms.set(roomId, found?.room)
    if (found) this.#keys.set(roomId, found.key)
  }

  /** Rows that the batch has changed since stay as they are. */
  readMember(roomId: string, userId: string, member: MemberRow | undefined): void {
    const key = keyOf(roomId, userId)
    if (!this.#members.has(key)) this.#members.set(key, member)
  }

  readMessage(roomId: string, messageId: string, message: StoredMessage | undefined): void {
    const key = keyOf(roomId, messageId)
    if (!this.#messages.has(key)) this.#messages.set(key, message)
  }

  readBurned({ roomId, messageId, userId }: BurnedId, isBurned: boolean): void {
    const key = keyOf(roomId, messageId, userId)
    if (!this.#burned.has(key)) this.#burned.set(key, isBurned)
  }

  /** All who own the room in the database; the batch may have changed some of them since. */
  readOwners(roomId: string, owners: readonly MemberRow[]): void {
    for (const owner of owners) this.readMember(roomId, owner.userId, owner)
    this.#owners.set(roomId, new Set(owners.map(({ userId }) => userId)))
  }

  // --- Finds ---

  findRoom(roomId: string): StoredRoom | undefined {
    if (!this.#rooms.has(roomId)) throw new Error(`room ${roomId} is changed without its lock`)
    return this.#rooms.get(roomId)
  }

  findMember(roomId: string, userId: string): MemberRow | undefined {
    const key = keyOf(roomId, userId)
    if (!this.#members.has(key) && this.#keys.has(roomId))
      throw new Missing<BatchNeed>({ kind: 'member', roomId, userId })
    return this.#members.get(key)
  }

  findMessage(roomId: string, messageId: string): StoredMessage | undefined {
    const key = keyOf(roomId, messageId)
    if (!this.#messages.has(key) && this.#keys.has(roomId))
      throw new Missing<BatchNeed>({ kind: 'message', roomId, messageId })
    return this.#messages.get(key)
  }

  isBurned(id: BurnedId): boolean {
    const found = this.#burned.get(keyOf(id.roomId, id.messageId, id.userId))
    if (found === undefined) throw new Missing<BatchNeed>({ kind: 'burned', ...id })
    return found
  }

  countOwners(roomId: string): number {
    const owners = this.#owners.get(roomId)
    if (!owners) throw new Missing<BatchNeed>({ kind: 'owners', roomId })
    const changed = [...this.#changedMembers.values()].filter((one) => one.roomId === roomId)
    const candidates = new Set([...owners, ...changed.map(({ member }) => member.userId)])
    return [...candidates].filter((userId) => isOwner(this.#members.get(keyOf(roomId, userId)))).length
  }

  // --- Writes ---

  putRoom(room: StoredRoom): void {
    this.#set(this.#rooms, room.row.id, room)
    this.#set(this.#changedRooms, room.row.id, room)
  }

  addEpoch(roomId: string, epoch: Epoch): void {
    this.#set(this.#epochs, keyOf(roomId, String(epoch.first)), { roomId, epoch })
  }

  putMember(roomId: string, member: MemberRow): void {
    const key = keyOf(roomId, member.userId)
    this.#set(this.#members, key, member)
    this.#set(this.#changedMembers, key, { roomId, member })
  }

  insertMessage(roomId: string, message: StoredMessage): void {
    const key = keyOf(roomId, message.row.id)
    this.#set(this.#messages, key, message)
    this.#set(this.#inserted, key, { roomId, message })
  }

  updateMessage(roomId: string, message: StoredMessage): void {
    const key = keyOf(roomId, message.row.id)
    this.#set(this.#messages, key, message)
    this.#set(this.#inserted.has(key) ? this.#inserted : this.#updated, key, { roomId, message })
  }

  burn(id: BurnedId, nowMs: number): void {
    const key = keyOf(id.roomId, id.messageId, id.userId)
    this.#set(this.#burned, key, true)
    this.#set(this.#newlyBurned, key, { ...id, nowMs })
  }

  revokeSession(sid: string, until: number, nowMs: number): void {
    const before = this.#revoked.get(sid)
    this.#set(this.#revoked, sid, { sid, until: Math.max(until, before?.until ?? 0), nowMs })
  }

  // --- what is to be written ---

  /** Rooms that the database hasn't: they need a key before anything of theirs is written. */
  get newRooms(): string[] {
    return [...this.#changedRooms.keys()].filter((roomId) => !this.#keys.has(roomId))
  }

  get written(): Written {
    return {
      rooms: [...this.#changedRooms.values()],
      epochs: [...this.#epochs.values()],
      members: [...this.#changedMembers.values()],
      inserted: [...this.#inserted.values()],
      updated: [...this.#updated.values()],
      burned: [...this.#newlyBurned.values()],
      revoked: [...this.#revoked.values()],
    }
  }

  keyOfRoom(roomId: string): number | undefined {
    return this.#keys.get(roomId)
  }

  #set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key)
    const had = map.has(key)
    this.#undo.push(() => (had ? map.set(key, before as V) : map.delete(key)))
    map.set(key, value)
  }
}

/** No id contains this character. */
function keyOf(...parts: string[]): string {
  return parts.join('\0')
}

function isOwner(member: MemberRow | undefined): boolean {
  return isMember(member) && member.role === 'owner'
}

// --- types ---

/** What an operation may ask for, beside its room. */
export type BatchNeed =
  | { kind: 'member'; roomId: string; userId: string }
  | { kind: 'message'; roomId: string; messageId: string }
  | ({ kind: 'burned' } & BurnedId)
  | { kind: 'owners'; roomId: string }

export interface Written {
  rooms: StoredRoom[]
  epochs: { roomId: string; epoch: Epoch }[]
  members: { roomId: string; member: MemberRow }[]
  inserted: { roomId: string; message: StoredMessage }[]
  updated: { roomId: string; message: StoredMessage }[]
  burned: (BurnedId & { nowMs: number })[]
  revoked: { sid: string; until: number; nowMs: number }[]
}
