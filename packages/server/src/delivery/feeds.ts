/** Feeds holds the room-feeds of this node, and asks the store now and then whether one of them missed its last news. */
import { HeadReader } from './head-reader.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RoomFeed, type RoomFeedDeps } from './room-feed.ts'
import type { ReadCounts } from './shared-read.ts'

export class Feeds {
  /** How rooms were opened since the start. */
  readonly counts: ReadCounts = { reads: 0, readers: 0, recalls: 0 }
  /** Called when a connection follows a room live, and when it doesn't follow it any more. */
  onJoined: RoomFeedDeps['onJoined'] = () => {}
  onLeft: RoomFeedDeps['onLeft'] = () => {}
  readonly #deps: RoomFeedDeps
  readonly #budget: MemoryBudget
  readonly #feeds = new Map<string, RoomFeed>()
  #isStopped = false

  constructor({ memoryBytes, ...deps }: FeedsDeps) {
    this.#budget = new MemoryBudget(memoryBytes)
    this.#deps = {
      ...{ ...deps, budget: this.#budget, counts: this.counts, heads: new HeadReader(deps.store) },
      onJoined: (roomId, reader) => this.onJoined(roomId, reader),
      onLeft: (roomId, reader) => this.onLeft(roomId, reader),
    }
    this.#scheduleCheck()
  }

  get size(): number {
    return this.#feeds.size
  }

  /** What all rooms remember takes about so much. */
  get memoryBytes(): number {
    return this.#budget.bytes
  }

  /** The feed of a room, made if nobody here follows it yet. */
  get(roomId: string): RoomFeed {
    let feed = this.#feeds.get(roomId)
    if (!feed) {
      feed = new RoomFeed(roomId, this.#deps)
      this.#feeds.set(roomId, feed)
    }
    return feed
  }

  find(roomId: string): RoomFeed | undefined {
    return this.#feeds.get(roomId)
  }

  /** A commit in this room has an unknown outcome: look at its head from now on, for as long as a stuck disk may take. */
  suspect(roomId: string): void {
    const feed = this.#feeds.get(roomId)
    if (feed) feed.touchedAt = this.#deps.clock.elapsed() + SUSPECT_MS
  }

  stop(): void {
    this.#isStopped = true
    for (const feed of this.#feeds.values()) feed.stop()
    this.#feeds.clear()
  }

  /**
   * A lost last publish leaves no gap to notice (G4): rooms with recent news or doubt are compared with the store. Where
   * another node may have said the first thing in a long time, so are the quiet ones, less often.
   */
  async checkHeads(): Promise<void> {
    const { clock, bus, store } = this.#deps
    const now = clock.elapsed()
    const asked: string[] = []
    for (const [roomId, feed] of this.#feeds) {
      if (feed.isIdle && now - feed.idleSince >= (feed.remembers ? KEPT_MS : ACTIVE_MS)) {
        feed.stop()
        this.#feeds.delete(roomId)
        continue
      }
      const isActive = now - feed.touchedAt < ACTIVE_MS
      if (!isActive && (bus.isComplete || feed.isIdle || now - feed.askedAt < QUIET_MS)) continue
      feed.askForHead()
      asked.push(roomId)
    }
    if (asked.length === 0) return
    const heads = await store.readHeads(asked)
    for (const roomId of asked) this.#feeds.get(roomId)?.noteHead(heads.get(roomId)?.head ?? 0)
  }

  #scheduleCheck(): void {
    this.#deps.clock.after(HEADS_CHECK_MS, () => {
      if (this.#isStopped) return
      this.checkHeads()
        .catch(this.#deps.onError)
        .finally(() => this.#scheduleCheck())
    })
  }
}

/** With G4's 5 s: at most this, the gap wait and one read after the store and the node can talk again. */
export const HEADS_CHECK_MS = 1_500

/** A room stays under watch this long after its last news; a publish is under way for far less. */
export const ACTIVE_MS = 10_000

/** A quiet room is asked for at every second check: that halves what thousands of them cost the database. */
export const QUIET_MS = 1.5 * HEADS_CHECK_MS

/**
 * A room that nobody follows any more is remembered this long: whoever lost the connection is back within 30 s, the
 * longest backoff, and a restarted proxy or a slow tunnel is still a storm of one moment.
 */
const KEPT_MS = 120_000

/** And this much longer after a commit whose answer didn't come: a minute is twice what kernels wait for a disk. */
const SUSPECT_MS = 60_000

// --- types ---

export interface FeedsDeps extends Omit<RoomFeedDeps, 'budget' | 'counts' | 'heads' | 'onJoined' | 'onLeft'> {
  /** For what the rooms of this node remember. */
  memoryBytes: number
}
