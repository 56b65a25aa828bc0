/** Feeds holds the room-feeds of this node, and asks the store now and then whether one of them missed its last news. */
import { RoomFeed, type RoomFeedDeps } from './room-feed.ts'

export class Feeds {
  readonly #deps: RoomFeedDeps
  readonly #feeds = new Map<string, RoomFeed>()
  #isStopped = false

  constructor(deps: RoomFeedDeps) {
    this.#deps = deps
    this.#scheduleCheck()
  }

  get size(): number {
    return this.#feeds.size
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
    if (feed) feed.touchedAt = this.#deps.clock.now() + SUSPECT_MS
  }

  stop(): void {
    this.#isStopped = true
    for (const feed of this.#feeds.values()) feed.stop()
    this.#feeds.clear()
  }

  /** A lost last publish leaves no gap to notice (G4): rooms with recent news or doubt are compared with the store. */
  async checkHeads(): Promise<void> {
    const now = this.#deps.clock.now()
    const active: string[] = []
    for (const [roomId, feed] of this.#feeds) {
      if (now - feed.touchedAt < ACTIVE_MS) active.push(roomId)
      else if (feed.isIdle) {
        feed.stop()
        this.#feeds.delete(roomId)
      }
    }
    if (active.length === 0) return
    for (const [roomId, { head }] of await this.#deps.store.readHeads(active)) this.#feeds.get(roomId)?.noteHead(head)
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
const HEADS_CHECK_MS = 1_500

/** A room stays under watch this long after its last news; a publish is under way for far less. */
const ACTIVE_MS = 10_000

/** And this much longer after a commit whose answer didn't come: a minute is twice what kernels wait for a disk. */
const SUSPECT_MS = 60_000
