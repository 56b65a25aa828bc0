/** Compares what was copied, row by row: counts and hashes of every table of every room, on both sides. */
import { createHash } from 'node:crypto'
import type { CopyTarget } from '../postgres/copy-target.ts'
import type { CopySource } from '../sqlite/copy-source.ts'
import { StoreError } from '../store-error.ts'
import type { Counts, MigrateStoreOptions } from './migrate-store.ts'
import { COLUMNS, type RoomTable, type Row, type SourceRoom } from './rows.ts'

/** Gives what was compared. Throws a StoreError that names the first room in which anything differs. */
export async function compare(
  source: CopySource,
  target: CopyTarget,
  onProgress: NonNullable<MigrateStoreOptions['onProgress']>,
): Promise<Counts> {
  const counts = { rooms: 0, members: 0, messages: 0 }
  for (let after = ''; ; ) {
    const rooms = source.listRooms(after, ROOMS_AT_ONCE)
    const last = rooms.at(-1)
    if (!last) break
    after = last.id
    for (const group of groupsOf(rooms)) await compareRooms(source, target, group, counts)
    onProgress({ doing: 'comparing', ...counts })
  }
  const now = Date.now()
  for (const table of ['burned_ids', 'revoked_sessions'] as const) {
    const [here, there] = [new Tally(), new Tally()]
    // A sign-in that has run out by itself is forgotten, here sooner than there.
    const isOver = ({ until }: Row): boolean => typeof until === 'number' && until <= now
    for (const row of source.loose(table)) if (!isOver(row)) here.add(row, COLUMNS[table])
    for (const row of await target.readLoose(table)) if (!isOver(row)) there.add(row, COLUMNS[table])
    if (!here.equals(there))
      throw new StoreError(
        `The copy of ${table} differs: ${here.count} here, ${there.count} there, so a service has run on it. Drop the schema ` +
          'parlor there (DROP SCHEMA parlor CASCADE) if nothing there is worth keeping, and begin again.',
      )
  }
  return counts
}

async function compareRooms(
  source: CopySource,
  target: CopyTarget,
  rooms: readonly SourceRoom[],
  counts: Counts,
): Promise<void> {
  const found = await target.readRooms(rooms.map(({ id }) => id))
  const idOf = new Map(found.map(({ key, id }) => [Number(key), String(id)]))
  const sides = { here: new Map<string, Tally>(), there: new Map<string, Tally>() }
  const tally = (side: keyof typeof sides, id: string, table: string): Tally => {
    const key = `${table} ${id}`
    const tallies = sides[side]
    const known = tallies.get(key) ?? new Tally()
    tallies.set(key, known)
    return known
  }
  for (const room of rooms) {
    tally('here', room.id, 'rooms').add(room, COLUMNS.rooms)
    for (const row of source.listEpochs(room.key)) tally('here', room.id, 'room_epochs').add(row, CONTENTS.room_epochs)
    for (const row of source.members(room.key, -1)) tally('here', room.id, 'members').add(row, CONTENTS.members)
    for (const row of source.messages(room.key, -1)) tally('here', room.id, 'messages').add(row, CONTENTS.messages)
  }
  for (const room of found) tally('there', String(room.id), 'rooms').add(room, COLUMNS.rooms)
  for (const table of TABLES)
    for await (const row of target.readRows(table, [...idOf.keys()]))
      tally('there', idOf.get(Number(row.room)) ?? '', table).add(row, CONTENTS[table])
  for (const { id } of rooms)
    for (const table of ['rooms', ...TABLES] as const) {
      const [here, there] = [tally('here', id, table), tally('there', id, table)]
      if (!here.equals(there))
        throw new StoreError(
          `The copy of the room "${id}" differs in ${table}: ${here.count} here, ${there.count} there. Drop the schema parlor ` +
            'there (DROP SCHEMA parlor CASCADE), and begin again.',
        )
    }
  counts.rooms += rooms.length
  for (const { id } of rooms) {
    counts.members += tally('here', id, 'members').count
    counts.messages += tally('here', id, 'messages').count
  }
}

/** Large rooms alone, whose rows come in pages; others together. */
function* groupsOf(rooms: readonly SourceRoom[]): Iterable<SourceRoom[]> {
  let group: SourceRoom[] = []
  let rows = 0
  for (const room of rooms) {
    const size = room.ordinal + room.member_count
    if (group.length > 0 && rows + size > ROWS_AT_ONCE) {
      yield group
      group = []
      rows = 0
    }
    group.push(room)
    rows += size
  }
  if (group.length > 0) yield group
}

/** Counts rows, and sums their hashes: in whatever order they come, the same rows make the same sum. */
class Tally {
  count = 0
  #sum = 0n

  add(row: Row, columns: readonly string[]): void {
    const values = columns.map((column) => row[column] ?? null)
    const hash = createHash('sha256').update(JSON.stringify(values)).digest()
    this.#sum = (this.#sum + hash.readBigUInt64LE()) & MASK
    this.count++
  }

  equals(other: Tally): boolean {
    return this.count === other.count && this.#sum === other.#sum
  }
}

const MASK = (1n << 64n) - 1n

const TABLES = ['room_epochs', 'members', 'messages'] as const satisfies readonly RoomTable[]

/** A room's key is another one on each side. */
const CONTENTS = {
  room_epochs: COLUMNS.room_epochs.filter((column) => column !== 'room'),
  members: COLUMNS.members.filter((column) => column !== 'room'),
  messages: COLUMNS.messages.filter((column) => column !== 'room'),
} as const

const ROOMS_AT_ONCE = 500
const ROWS_AT_ONCE = 5_000
