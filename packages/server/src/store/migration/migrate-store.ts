/**
 * Moves what a SQLite database holds into PostgreSQL. While a service still runs on the file, what is new is copied, again
 * and again if need be; when none does, the rest is, and all of it is compared. Epochs and seqs stay as they are: whoever was
 * connected before resumes from where they were.
 */
import { CopyTarget, describeStranger } from '../postgres/copy-target.ts'
import { CopySource } from '../sqlite/copy-source.ts'
import { StoreError } from '../store-error.ts'
import { compare } from './compare.ts'
import type { Batch, Row, SourceRoom, TargetRoom } from './rows.ts'

/**
 * Killed at any point, it goes on where it was when it is called again: at the room that was under way.
 *
 * @throws StoreError with one line: a database that can't be used, a target with rooms of its own, or a difference
 */
export async function migrateStore({ from, to, onProgress = () => {} }: MigrateStoreOptions): Promise<Migrated> {
  const source = new CopySource(from)
  try {
    const target = await CopyTarget.open(to)
    try {
      await refuse(source, target)
      await target.claim()
      const isFinal = source.lock()
      const copied = { rooms: 0, messages: 0, members: 0 }
      const copy = new Copy({ source, target, copied, onProgress })
      await copy.run()
      if (!isFinal) return { isFinal, copied }
      await copyLoose(source, target)
      const compared = await compare(source, target, onProgress)
      await target.finish()
      return { isFinal, copied, compared }
    } finally {
      await target.close()
    }
  } finally {
    source.close()
  }
}

/** One pass over the rooms. Small rooms share transactions; a large one has several, and counts as copied with the last. */
class Copy {
  readonly #parts: CopyParts
  #batch = emptyBatch()
  #rows = 0

  constructor(parts: CopyParts) {
    this.#parts = parts
  }

  async run(): Promise<void> {
    const { source, target, copied, onProgress } = this.#parts
    for (let after = ''; ; ) {
      const rooms = source.listRooms(after, ROOMS_AT_ONCE)
      const last = rooms.at(-1)
      if (!last) break
      after = last.id
      const known = await target.findRooms(rooms.map(({ id }) => id))
      const fresh = rooms.filter(({ id }) => !known.has(id)).map(({ id }) => id)
      if (fresh.length > 0) for (const room of await target.addRooms(fresh)) known.set(room.id, room)
      for (const { id, head, epoch } of rooms) {
        const there = known.get(id) as TargetRoom
        const isWhole = there.head > 0 && there.head === head && there.epoch === epoch
        if (!isWhole) await this.#copyRoom(id, there)
      }
      onProgress({ doing: 'copying', ...copied })
    }
    await this.#flush()
  }

  /** As the room is at one moment: one that is written meanwhile is newer than what was listed. */
  async #copyRoom(id: string, there: TargetRoom): Promise<void> {
    const { source, copied } = this.#parts
    source.begin()
    try {
      const room = source.findRoom(id)
      const epochs = source.listEpochs(room.key)
      requireSameHistory(room, epochs, there)
      const from = there.head === 0 ? -1 : there.head
      for (const row of epochs) this.#batch.epochs.push({ ...row, room: there.key })
      for (const row of source.members(room.key, from)) {
        await this.#add('members', { ...row, room: there.key })
        copied.members++
      }
      for (const row of source.messages(room.key, from)) {
        await this.#add('messages', { ...row, room: there.key })
        copied.messages++
      }
      const { key: _, ...row } = room
      this.#batch.rooms.push(row)
      copied.rooms++
    } finally {
      source.end()
    }
  }

  async #add(table: 'members' | 'messages', row: Row): Promise<void> {
    this.#batch[table].push(row)
    if (++this.#rows >= ROWS_AT_ONCE) await this.#flush()
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = emptyBatch()
    this.#rows = 0
    await this.#parts.target.write(batch)
  }
}

/** What has no version is copied whole, when nobody writes any more. Nothing is taken out: what is there beside it shows that a service ran there. */
async function copyLoose(source: CopySource, target: CopyTarget): Promise<void> {
  for (const table of ['burned_ids', 'revoked_sessions'] as const) {
    let rows: Row[] = []
    for (const row of source.loose(table)) {
      rows.push(row)
      if (rows.length < ROWS_AT_ONCE) continue
      await target.putLoose(table, rows)
      rows = []
    }
    await target.putLoose(table, rows)
  }
}

/** Looks at every room before the first is written: what is refused is left as it was. */
async function refuse(source: CopySource, target: CopyTarget): Promise<void> {
  const obstacle = await target.findObstacle()
  if (obstacle) throw new StoreError(obstacle)
  for (let after = ''; ; ) {
    const rooms = await target.listRooms(after, ROOMS_AT_ONCE)
    const last = rooms.at(-1)
    if (!last) return
    after = last.id
    const stranger = rooms.find(({ id }) => !source.hasRoom(id))
    if (stranger) throw new StoreError(describeStranger(stranger.id))
    for (const there of rooms) {
      const room = source.findRoom(there.id)
      requireSameHistory(room, source.listEpochs(room.key), there)
    }
  }
}

/** What was copied must be the beginning of what is there now: of its epochs, the one of that moment has to be the same. */
function requireSameHistory(room: SourceRoom, epochs: readonly Row[], there: TargetRoom): void {
  if (there.head === 0) return
  const then = epochs.findLast(({ first }) => Number(first) <= there.head)
  if (there.head <= room.head && then?.epoch === there.epoch) return
  throw new StoreError(
    `The room "${room.id}" has another history in PostgreSQL: a service has written there, or a backup was restored here. ` +
      'Drop its schema parlor (DROP SCHEMA parlor CASCADE) if nothing there is worth keeping, and begin again.',
  )
}

function emptyBatch(): Batch {
  return { epochs: [], members: [], messages: [], rooms: [] }
}

const ROOMS_AT_ONCE = 500

/** Rows in one transaction: its commit and its messages are then a small part of the work. */
const ROWS_AT_ONCE = 2_000

// --- types ---

export interface MigrateStoreOptions {
  /** The SQLite file. */
  from: string
  /** `postgres://…`: without the schema `parlor`, or with what an earlier run left there. */
  to: string
  onProgress?: (progress: Progress) => void
}

export interface Progress {
  doing: 'copying' | 'comparing'
  rooms: number
  members: number
  messages: number
}

export type Counts = Omit<Progress, 'doing'>

export interface Migrated {
  /** No service ran on the file: everything is there, and was compared. */
  isFinal: boolean
  /** What this run copied. */
  copied: Counts
  compared?: Counts
}

interface CopyParts {
  source: CopySource
  target: CopyTarget
  copied: Counts
  onProgress: (progress: Progress) => void
}
