/**
 * RoomFeed is one room on this node: it puts the bus's changes in order, repairs gaps from the store, and joins each
 * session to the live stream without a hole (subscribe, then read, then splice, then live).
 */
import { encodeItem, type Position, type RoomClosedPush, type RoomOpened } from '@parlor/protocol'
import type { Clock, Timer } from '../clock.ts'
import type { Change } from '../store/change.ts'
import type { RoomPicture, RoomReader } from '../store/room-picture.ts'
import type { OpenRoomQuery, RoomStore } from '../store/rooms.ts'
import type { Bus, Subscription } from './bus.ts'
import { closedReasonOf, Overtaken } from './closed-reason.ts'
import { eventEntry, type FeedEntry, rangeEntry } from './feed-entry.ts'
import { advance, type Reader, type Session } from './feed-session.ts'
import type { HeadReader } from './head-reader.ts'
import type { Hub } from './hub.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { RoomMemory } from './room-memory.ts'
import { type ReadCounts, SharedRead } from './shared-read.ts'

export class RoomFeed {
  readonly #roomId: string
  readonly #deps: RoomFeedDeps
  readonly #subscription: Subscription
  readonly #sessions = new Map<string, Session>()
  /** Those of them that aren't live yet. */
  readonly #joining = new Set<Session>()
  /** Changes that came before their turn, by seq. */
  readonly #early = new Map<number, Change>()
  /** Where this node stands: every live session has everything up to here. Undefined until the first read. */
  #position: Position | undefined
  #gapTimer: Timer | undefined
  #isRepairing = false
  readonly #memory: RoomMemory
  readonly #reads: SharedRead
  /**
   * When this room last had news, by the clock: the heads check asks for those. In the future while a commit's outcome is
   * in doubt: until then the store may have what this node wasn't told.
   */
  touchedAt: number
  /** Since when nobody follows it here. */
  idleSince: number
  /** When the store was last asked for its head, and where the feed stood then. */
  askedAt: number
  #askedFrom: Position | undefined

  constructor(roomId: string, deps: RoomFeedDeps) {
    this.#roomId = roomId
    this.#deps = deps
    this.touchedAt = deps.clock.elapsed()
    this.idleSince = this.touchedAt
    this.askedAt = this.touchedAt
    this.#memory = new RoomMemory(roomId)
    this.#reads = new SharedRead({
      roomId,
      store: deps.store,
      recall: (reader) => this.#recall(reader),
      isCurrent: () => deps.bus.isComplete && !this.#isInDoubt,
      confirm: () => this.#confirm(),
      stand: () => this.#position,
      onRead: (picture, stood) => this.#adopt(picture, stood),
      counts: deps.counts,
    })
    this.#subscription = deps.bus.subscribe(roomId, (changes) => {
      for (const change of changes) this.#receive(change)
    })
  }

  get isIdle(): boolean {
    return this.#sessions.size === 0
  }

  /** Whether somebody who comes back could be answered without a read. */
  get remembers(): boolean {
    return this.#memory.bytes > 0
  }

  /** Whether this connection follows the room, or is about to. */
  has(connectionId: string): boolean {
    return this.#sessions.has(connectionId)
  }

  /** Whether this connection was let in, and follows the room ever since. */
  isFollowedBy(connectionId: string): boolean {
    return this.#sessions.get(connectionId)?.isIn ?? false
  }

  /** The connections for which that is so. */
  *readers(): Iterable<Reader> {
    for (const { reader, isIn } of this.#sessions.values()) if (isIn) yield reader
  }

  /**
   * Reads the room for a connection and goes on live. `deliver` is called once, synchronously before the first live
   * event is put into the connection's queue. Rejects with what the store refuses, or as `Overtaken` if the connection
   * closed the room meanwhile.
   */
  async open(reader: Reader, query: OpenRoomQuery, deliver: (opened: RoomOpened) => void): Promise<void> {
    const isIn = this.#forget(reader.id)?.isIn ?? false
    const session: Session = { reader, query, entries: [], at: undefined, isIn }
    // Registered before the read: what is committed after the snapshot is in `entries` when it returns.
    this.#sessions.set(reader.id, session)
    this.#joining.add(session)
    try {
      await this.#subscription.ready
      await this.#reads.open(query, (opened) => {
        if (this.#sessions.get(reader.id) !== session) return
        session.at = { epoch: opened.epoch, seq: opened.head }
        session.isIn = true
        deliver(opened)
      })
      if (!session.at) throw new Overtaken()
      this.#promote(session)
    } catch (error) {
      if (this.#sessions.get(reader.id) !== session) throw new Overtaken()
      this.close(reader.id)
      throw error
    }
  }

  /** The connection doesn't follow the room any more. */
  close(connectionId: string): void {
    const session = this.#forget(connectionId)
    if (session?.isIn) this.#deps.onLeft(this.#roomId, session.reader)
  }

  /** The store is about to be asked for the room's head. */
  askForHead(): void {
    this.askedAt = this.#deps.clock.elapsed()
    this.#askedFrom = this.#position
  }

  /** The store, asked for it, says that the room's head is this; 0 for a room that isn't there. */
  noteHead(head: number): void {
    const at = this.#position
    if (at && head > at.seq) this.#armGapTimer()
    else if (isTakenBack(head, this.#askedFrom, at)) void this.#revalidate()
  }

  /** Releases the bus. */
  stop(): void {
    this.#gapTimer?.stop()
    this.#subscription.close()
    this.#deps.budget.release(this.#memory)
  }

  #forget(connectionId: string): Session | undefined {
    const session = this.#sessions.get(connectionId)
    if (!session) return undefined
    this.#sessions.delete(connectionId)
    if (!this.#joining.delete(session)) this.#deps.hub.remove(this.#roomId, session.reader)
    if (this.isIdle) this.idleSince = this.#deps.clock.elapsed()
    this.#touch()
    return session
  }

  /**
   * Whether a commit's outcome is unknown. Who was told that their message is stored must not be shown the room without it,
   * and a retry may have found what was committed after its answer was given up.
   */
  get #isInDoubt(): boolean {
    return this.touchedAt > this.#deps.clock.elapsed()
  }

  /** Another node may have told somebody what this one hasn't heard of yet: the head of the room says whether it has. */
  async #confirm(): Promise<boolean> {
    const from = this.#position
    if (this.#deps.bus.isComplete || !from || !this.remembers) return false
    const stored = await this.#deps.heads.read(this.#roomId).catch(() => undefined)
    const at = this.#position
    if (!stored || !at || stored.epoch !== from.epoch || from.epoch !== at.epoch) return false
    if (stored.head > at.seq) this.#armGapTimer()
    // Numbers don't go back but in another database.
    return from.seq <= stored.head && stored.head <= at.seq
  }

  /** What the feed remembers is as old as the feed, so it is good for whoever could be live where the feed stands. */
  #recall(reader: RoomReader): RoomOpened | undefined {
    const opened = this.#memory.open(reader)
    if (!opened) return undefined
    this.#deps.budget.use(this.#memory)
    return opened
  }

  /** The feed learns from a read where the store is. */
  #adopt(picture: RoomPicture, stood: Position | undefined): void {
    const at = this.#position
    // Who has just read would wait for changes that never come, and read again and again.
    if (isTakenBack(picture.head, stood, at)) return void this.#revalidate()
    const hasLive = this.#sessions.size > this.#joining.size
    if (!at || (!hasLive && picture.head > at.seq)) {
      this.#moveTo({ epoch: picture.epoch, seq: picture.head })
      this.#memory.learn(picture)
      this.#drain()
    } else {
      this.#memory.learn(picture)
      if (picture.head > at.seq) this.#armGapTimer()
      else if (picture.head === at.seq && picture.epoch !== at.epoch) void this.#revalidate()
    }
    this.#deps.budget.use(this.#memory)
    for (const session of this.#joining) this.#promote(session)
  }

  /** The feed stands somewhere else now, or nowhere: what it remembers doesn't lead there. */
  #moveTo(position: Position | undefined): void {
    this.#position = position
    this.#memory.start(position)
    this.#deps.budget.use(this.#memory)
  }

  #receive(change: Change): void {
    // Nobody has read the room here: whoever comes reads what this change made.
    if (!this.#position && this.isIdle) return
    this.#touch()
    const { seq } = change.event
    if (this.#position && seq <= this.#position.seq) return
    this.#early.set(seq, change)
    if (this.#position) this.#drain()
  }

  /** Accepts every change whose turn it is. */
  #drain(): void {
    for (const seq of this.#early.keys()) if (seq <= (this.#position?.seq ?? 0)) this.#early.delete(seq)
    for (;;) {
      const at = this.#position
      const change = at && this.#early.get(at.seq + 1)
      if (!at || !change) break
      this.#early.delete(at.seq + 1)
      // A change of another epoch continues this one only if it is the change that opened it.
      if (change.epoch !== at.epoch && change.event.epoch !== change.epoch) return void this.#revalidate()
      this.#accept(eventEntry(change))
    }
    if (this.#early.size > 0) this.#armGapTimer()
  }

  #accept(entry: FeedEntry): void {
    const { hub } = this.#deps
    this.#position = { epoch: entry.epoch, seq: entry.to }
    this.#memory.add(entry)
    this.#deps.budget.use(this.#memory)
    // A range holds rows from after the removal, so the removed must not see it; an event ends exactly at it.
    if (entry.isRange) this.#evict(entry)
    hub.tell(this.#roomId, entry.json)
    for (const session of this.#joining) session.entries.push(entry)
    if (!entry.isRange) this.#evict(entry)
    for (const session of this.#joining) this.#promote(session)
    if (entry.changesAccess) void this.#revalidate()
  }

  /** Closes the room for live sessions of whoever this entry removes, after what they may still see. */
  #evict(entry: FeedEntry): void {
    if (entry.removedUserIds.length === 0) return
    this.#deps.hub.flushRoom(this.#roomId)
    for (const session of [...this.#sessions.values()])
      if (!this.#joining.has(session) && entry.removedUserIds.includes(session.query.userId))
        this.#expel(session, 'removed')
  }

  /** Makes a session live once the feed has reached what it read: first what came meanwhile, then with the others. */
  #promote(session: Session): void {
    const at = this.#position
    if (!this.#joining.has(session) || !session.at || !at || session.at.seq > at.seq) return
    const place = advance(session, at)
    if (place === 'removed') this.#expel(session, 'removed')
    else if (place === 'behind') void this.#reopen(session, session.at)
    else if (place === 'there') {
      this.#joining.delete(session)
      this.#deps.hub.add(this.#roomId, session.reader)
      this.#deps.onJoined(this.#roomId, session.reader)
    }
    // Ahead: a read again set the feed back. One that is under way will bring it on; else the store is asked.
    else if (!this.#reads.isReading) this.#armGapTimer()
  }

  /** This node's stream can't be trusted to go on: read again for every session. */
  async #revalidate(): Promise<void> {
    const at = this.#position
    this.#deps.hub.flushRoom(this.#roomId)
    this.#moveTo(undefined)
    this.#reads.startOver()
    const sessions = [...this.#sessions.values()]
    await Promise.all(sessions.map((session) => this.#reopen(session, this.#joining.has(session) ? session.at : at)))
  }

  /** Reads the room again for a session that stands at `since`. One that is still reading will find its place itself. */
  async #reopen(session: Session, since: Position | undefined): Promise<void> {
    if (!since) return
    const { reader, query } = session
    try {
      await this.open(reader, { ...query, since }, (opened) => {
        reader.enqueueItem(encodeItem({ type: 'room.opened', ...opened }))
      })
    } catch (error) {
      const reason = closedReasonOf(error)
      if (reason) this.#tellClosed(reader, reason)
    }
  }

  #expel(session: Session, reason: RoomClosedPush['reason']): void {
    this.close(session.reader.id)
    this.#tellClosed(session.reader, reason)
  }

  #tellClosed(reader: Reader, reason: RoomClosedPush['reason']): void {
    reader.enqueueItem(encodeItem({ type: 'room.closed', roomId: this.#roomId, reason }))
    reader.onRoomClosed(this.#roomId)
  }

  #touch(): void {
    // A suspicion reaches into the future and isn't cut short by other news.
    this.touchedAt = Math.max(this.touchedAt, this.#deps.clock.elapsed())
  }

  #armGapTimer(): void {
    this.#gapTimer ??= this.#deps.clock.after(GAP_WAIT_MS, () => {
      this.#gapTimer = undefined
      void this.#repair()
    })
  }

  /** Reads what is missing and sends it as a range, never as single events. */
  async #repair(): Promise<void> {
    const at = this.#position
    if (!at || this.#isRepairing) return
    if (this.isIdle) return this.#rest()
    this.#isRepairing = true
    const early = [...this.#early.keys()]
    try {
      const opened = await this.#deps.store.readChanges({ roomId: this.#roomId, epoch: at.epoch, from: at.seq })
      if (!this.#position) return
      const range = opened?.range
      if (!opened || !range) return await this.#revalidate()
      // Came before a read that doesn't have them: they were never committed.
      for (const seq of early) if (seq > opened.head) this.#early.delete(seq)
      if (opened.head > this.#position.seq) this.#accept(rangeEntry({ ...opened, range }))
      this.#drain()
    } catch (error) {
      this.#deps.onError(error)
      this.#touch()
    } finally {
      this.#isRepairing = false
    }
  }

  /** Something is missing and nobody here waits for it: whoever comes next reads. */
  #rest(): void {
    this.#early.clear()
    this.#moveTo(undefined)
  }
}

/**
 * Whether the store has lost what this feed has had from it: asked when the feed stood at `from`, it says that the head is
 * below. Numbers don't go back but in another database: an older copy of it, or an empty one.
 */
function isTakenBack(head: number, from: Position | undefined, at: Position | undefined): boolean {
  return from !== undefined && at !== undefined && head < from.seq && at.epoch === from.epoch
}

/** How long a missing change may be on its way before the store is asked; a bus delivers within a few ms. */
const GAP_WAIT_MS = 50

// --- types ---

export type { Reader } from './feed-session.ts'

export interface RoomFeedDeps {
  store: Pick<RoomStore, 'readRoom' | 'readChanges' | 'readHeads'>
  bus: Bus
  hub: Hub
  clock: Clock
  /** Shared by the rooms of this node. */
  budget: MemoryBudget
  counts: ReadCounts
  heads: HeadReader
  onError: (error: unknown) => void
  /** A connection follows the room live from now on, perhaps again. */
  onJoined: (roomId: string, reader: Reader) => void
  /** One that had been let in doesn't follow the room any more. */
  onLeft: (roomId: string, reader: Reader) => void
}
