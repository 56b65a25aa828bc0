/** SharedRead reads a room for everybody who needs it at the same time: one read under way, and one that waits. */
import type { Position, RoomOpened } from '@parlor/protocol'
import { openFrom, type RoomPicture, type RoomReader } from '../store/room-picture.ts'
import type { OpenRoomQuery, RoomStore } from '../store/rooms.ts'
import { MAX_KNOWN_MEMBERS } from './known-members.ts'

export class SharedRead {
  readonly #options: SharedReadOptions
  #waiting: Waiting[] = []
  #isReading = false
  #reads = 0

  constructor(options: SharedReadOptions) {
    this.#options = options
  }

  /**
   * Gives `take` what the reader gets, from a read that began after this call, or from what another one taught meanwhile.
   * Rejects with what the store refuses this reader. `take` is called for everybody in turn before anything else happens.
   */
  open(query: OpenRoomQuery, take: (opened: RoomOpened) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const reader: Waiting = { query, take, resolve, reject }
      if (this.#recall(reader)) return
      this.#waiting.push(reader)
      if (!this.#isReading) void this.#run()
    })
  }

  get isReading(): boolean {
    return this.#isReading
  }

  /** What was remembered can't be relied on any more: the next reads bring along what others will need, as at the start. */
  startOver(): void {
    this.#reads = 0
  }

  async #run(): Promise<void> {
    this.#isReading = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      // Known as it is now: then who asked before that was found out needs no more.
      const rest = (await this.#options.confirm()) ? batch.filter((reader) => !this.#serve(reader)) : batch
      if (rest.length > 0) await this.#read(rest)
      // What this read taught is news to who came while it was under way.
      this.#waiting = this.#waiting.filter((reader) => !this.#recall(reader))
    }
    this.#isReading = false
  }

  #recall(reader: Waiting): boolean {
    return this.#options.isCurrent() && this.#serve(reader)
  }

  #serve({ query, take, resolve }: Waiting): boolean {
    const opened = this.#options.recall(query)
    if (!opened) return false
    this.#options.counts.recalls++
    take(opened)
    resolve()
    return true
  }

  async #read(batch: readonly Waiting[]): Promise<void> {
    const { roomId, store, counts, onRead } = this.#options
    const stood = this.#options.stand()
    const readers = batch.map(({ query: { userId, since, limit } }) => ({ userId, since, limit }))
    const isOpen = batch.some(({ query }) => query.isOpen)
    let picture: RoomPicture
    try {
      picture = await store.readRoom({ roomId, isOpen, readers, extra: this.#extraFor(readers) })
    } catch (error) {
      for (const { reject } of batch) reject(error)
      return
    }
    counts.reads++
    counts.readers += batch.length
    let isRefused = true
    for (const { query, take, resolve, reject } of batch) {
      try {
        take(openFrom(picture, query))
        isRefused = false
        resolve()
      } catch (error) {
        reject(error)
      }
    }
    if (!isRefused) onRead(picture, stood)
  }

  /**
   * A page that opens a room for the first time costs what it shows. Who comes back seldom comes alone, and a second read
   * is a sign of more: then what the others will need comes along.
   */
  #extraFor(readers: readonly RoomReader[]): { members: number } | undefined {
    this.#reads++
    if (this.#reads === 2) return { members: MAX_KNOWN_MEMBERS }
    return this.#reads === 1 && readers.some(({ since }) => since) ? { members: FEW_MEMBERS } : undefined
  }
}

/** As many as the first members of a fresh start: they cost little, and most rooms have no more. */
export const FEW_MEMBERS = 100

// --- types ---

export interface SharedReadOptions {
  roomId: string
  store: Pick<RoomStore, 'readRoom'>
  /** What the reader gets from what is remembered, if that has it. */
  recall: (reader: RoomReader) => RoomOpened | undefined
  /** Whether what is remembered is as new as anything that a reader may have been told. */
  isCurrent: () => boolean
  /** Finds out whether it is, where that isn't known but can be had for less than a read. Never rejects. */
  confirm: () => Promise<boolean>
  /** Where the feed stands. */
  stand: () => Position | undefined
  /**
   * The room was read, and everybody has taken what they get; `stood` is where the feed stood when the read began. Not called
   * where they get nothing, for nobody may read it.
   */
  onRead: (picture: RoomPicture, stood: Position | undefined) => void
  counts: ReadCounts
}

/** How rooms were opened on this node, for metrics. */
export interface ReadCounts {
  /** Reads of a room, and how many readers they served. */
  reads: number
  readers: number
  /** Readers served without one. */
  recalls: number
}

interface Waiting {
  query: OpenRoomQuery
  take: (opened: RoomOpened) => void
  resolve: () => void
  reject: (error: unknown) => void
}
