/**
 * Vault: the records of one user on a device. What is kept of them has a generation, made when it begins; every later
 * transaction asks for it first. So whatever was deleted stays deleted: a page that is still signed in finds its
 * generation gone, and writes nothing any more.
 */
import type { User } from '@parlor/protocol'
import type { KeptEntry } from './kept-entry.ts'
import type { KeptRoom } from './kept-room.ts'
import type { DeviceStorage, Key, Records } from './storage.ts'

export interface Vault {
  readonly content: VaultContent
  /** Writes all of it, or nothing. */
  save(changes: VaultChanges): Promise<void>
  /** The outbox that is kept for a page: its records by room. */
  readOutbox(pageId: string): Promise<ReadonlyMap<string, unknown>>
  /** The other pages that something is kept for. */
  findPages(ownId: string): Promise<readonly string[]>
  /**
   * Moves what is kept for a page that is gone behind what `own` says of this one; gives its records by room. Of several
   * pages that try, one gets them.
   */
  adopt(
    fromId: string,
    ownId: string,
    own: (roomId: string) => readonly KeptEntry[],
  ): Promise<ReadonlyMap<string, unknown>>
}

/** What a vault holds when it is opened. Records are as they were found: they may be anything. */
export interface VaultContent {
  /** As the service last named them. */
  user: User | null
  rooms: ReadonlyMap<string, unknown>
}

export interface VaultChanges {
  pageId: string
  outboxes: ReadonlyMap<string, readonly KeptEntry[]>
  /** Undefined: the room isn't theirs to see any more. */
  rooms: ReadonlyMap<string, KeptRoom | undefined>
  /** Who they are, by the service: nobody else is kept beside them. */
  user?: User | undefined
}

/** What was kept has been deleted since it was opened. */
class ForgottenError extends Error {}

/** Rooms of a user that are kept: those that changed last. */
const MOST_ROOMS = 20

/** Opens what is kept of a user, or begins it. `isSure`: nobody else is there, so what is kept of others is deleted. */
export async function openVault(storage: DeviceStorage, { userId, newId, isSure }: VaultOptions): Promise<Vault> {
  const { generation, content } = await storage.transact(async (records) => {
    if (isSure) await forgetOthers(records, userId)
    const found = readHeader(await records.get(['user', userId]))
    const header: Header = found ?? { generation: newId(), user: null, rooms: [] }
    if (!found) await records.put(['user', userId], header)
    const rooms = await records.list(['room', userId])
    return { generation: header.generation, content: { user: header.user, rooms: byLastPart(rooms) } }
  })

  /** A transaction that only what hasn't been deleted gets. */
  const transact = <T>(work: (records: Records, header: Header) => Promise<T>): Promise<T> =>
    storage.transact(async (records) => {
      const header = readHeader(await records.get(['user', userId]))
      if (header?.generation !== generation) throw new ForgottenError()
      return work(records, header)
    })

  return {
    content,
    save: ({ pageId, outboxes, rooms, user }) =>
      transact(async (records, header) => {
        for (const [roomId, entries] of outboxes) await putOutbox(records, [userId, pageId, roomId], entries)
        const order = new Set(header.rooms)
        for (const [roomId, room] of rooms) {
          order.delete(roomId)
          if (room) order.add(roomId)
          if (room) await records.put(['room', userId, roomId], room)
          else await records.delete(['room', userId, roomId])
        }
        const all = [...order]
        for (const roomId of all.slice(0, -MOST_ROOMS)) await records.delete(['room', userId, roomId])
        if (rooms.size > 0 || user)
          await records.put(['user', userId], { generation, user: user ?? header.user, rooms: all.slice(-MOST_ROOMS) })
        if (user) await forgetOthers(records, userId)
      }),
    readOutbox: (pageId) => transact(async (records) => byLastPart(await records.list(['outbox', userId, pageId]))),
    findPages: (ownId) =>
      transact(async (records) => {
        const found = await records.list(['outbox', userId])
        return [...new Set(found.map(([key]) => key[2] ?? ''))].filter((id) => id !== ownId)
      }),
    adopt: (fromId, ownId, own) =>
      transact(async (records) => {
        const found = byLastPart(await records.list(['outbox', userId, fromId]))
        await records.delete(['outbox', userId, fromId])
        for (const [roomId, record] of found) {
          const theirs = Array.isArray(record) ? (record as KeptEntry[]) : []
          await putOutbox(records, [userId, ownId, roomId], [...own(roomId), ...theirs])
        }
        return found
      }),
  }
}

/** Deletes whatever is kept of anybody but this user. */
export function forgetAllBut(storage: DeviceStorage, userId: string | undefined): Promise<void> {
  return storage.transact((records) => (userId === undefined ? records.delete([]) : forgetOthers(records, userId)))
}

/** Deletes whatever is kept of this user, and of nobody else. */
export function forgetOne(storage: DeviceStorage, userId: string): Promise<void> {
  return storage.transact((records) => deleteUser(records, userId))
}

async function forgetOthers(records: Records, userId: string): Promise<void> {
  for (const [key] of await records.list(['user'])) {
    const other = key[1] ?? ''
    if (other !== userId) await deleteUser(records, other)
  }
}

async function deleteUser(records: Records, userId: string): Promise<void> {
  for (const kind of ['user', 'room', 'outbox']) await records.delete([kind, userId])
}

function putOutbox(records: Records, place: Key, entries: readonly KeptEntry[]): Promise<void> {
  const key = ['outbox', ...place]
  return entries.length > 0 ? records.put(key, entries) : records.delete(key)
}

function byLastPart(list: readonly (readonly [Key, unknown])[]): ReadonlyMap<string, unknown> {
  return new Map(list.map(([key, record]) => [key.at(-1) ?? '', record]))
}

function readHeader(record: unknown): Header | undefined {
  if (typeof record !== 'object' || record === null) return undefined
  const { generation, user, rooms } = record as Record<string, unknown>
  if (typeof generation !== 'string' || !Array.isArray(rooms)) return undefined
  return { generation, user: isUser(user) ? user : null, rooms: rooms.filter((id) => typeof id === 'string') }
}

function isUser(value: unknown): value is User {
  return typeof value === 'object' && value !== null && typeof (value as User).id === 'string'
}

// --- types ---

interface VaultOptions {
  userId: string
  newId: () => string
  isSure: boolean
}

/** The record under ['user', userId]; rooms are under ['room', userId, roomId], outboxes under ['outbox', userId, pageId, roomId]. */
interface Header {
  generation: string
  user: User | null
  /** The rooms that are kept, the one that changed last at the end. */
  rooms: readonly string[]
}
