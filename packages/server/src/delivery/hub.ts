/** Hub maps rooms to the connections on this node that follow them live, and encodes what is new once for all of them. */
import { joinItems } from '@parlor/protocol'
import type { Clock, Timer } from '../clock.ts'
import type { Flusher } from './flusher.ts'
import { SharedFrame } from './frame.ts'
import { RoomPace } from './room-pace.ts'

/**
 * What is new in a room goes out with the next flush. A room with very many changes, and a few people at least, waits for
 * the next beat instead: what came meanwhile shares a frame, and one write for each socket, which is nearly all that a
 * delivery costs. Rooms that aren't busy never wait for one that is.
 */
export class Hub {
  readonly #flusher: Flusher
  readonly #clock: Clock
  readonly #beatMs: number
  readonly #compressFromBytes: number
  readonly #audiences = new Map<string, Audience>()
  /** Rooms with news for the next flush, and for the next beat. */
  readonly #dirty = new Set<Audience>()
  readonly #busy = new Set<Audience>()
  #beatTimer: Timer | undefined
  #beatAt = Number.NEGATIVE_INFINITY
  /** Frames encoded and deliveries made (an item counts once for each connection); for metrics. */
  frames = 0
  deliveries = 0

  constructor({ flusher, clock, beatMs, compressFromBytes = 0 }: HubOptions) {
    this.#flusher = flusher
    this.#clock = clock
    this.#beatMs = beatMs
    this.#compressFromBytes = compressFromBytes
    flusher.onFlush = () => this.flush()
  }

  add(roomId: string, connection: HubConnection): void {
    let audience = this.#audiences.get(roomId)
    if (!audience) {
      audience = { connections: new Set(), items: [], pace: new RoomPace() }
      this.#audiences.set(roomId, audience)
    }
    // What was told before belongs to those who were there before.
    this.#flushAudience(audience)
    audience.connections.add(connection)
  }

  remove(roomId: string, connection: HubConnection): void {
    const audience = this.#audiences.get(roomId)
    if (!audience) return
    // What was told before belongs to it too: a room that is opened again goes on from there.
    this.#flushAudience(audience)
    audience.connections.delete(connection)
    if (audience.connections.size === 0) this.#audiences.delete(roomId)
  }

  /** Who follows a room live. */
  audienceOf(roomId: string): ReadonlySet<HubConnection> {
    return this.#audiences.get(roomId)?.connections ?? NOBODY
  }

  /** Tells a room's connections an item, with the next flush or beat. */
  tell(roomId: string, json: string): void {
    const audience = this.#audiences.get(roomId)
    if (!audience) return
    audience.items.push(json)
    if (audience.items.length > 1) return
    if (this.#mustAwaitBeat(audience)) this.#busy.add(audience)
    else {
      this.#dirty.add(audience)
      this.#flusher.requestRoomFlush()
    }
  }

  /** Puts what was told into the connections' queues now: whoever is removed next gets that much and no more. */
  flushRoom(roomId: string): void {
    const audience = this.#audiences.get(roomId)
    if (audience) this.#flushAudience(audience)
  }

  /** The same for every room that has news, except those that wait for the beat. Gives the most items of one frame. */
  flush(): number {
    let fullest = 0
    for (const audience of this.#dirty) {
      fullest = Math.max(fullest, audience.items.length)
      this.#flushAudience(audience)
    }
    return fullest
  }

  /** The first news of a busy room after a pause finds the next beat past, and is one itself. */
  #mustAwaitBeat(audience: Audience): boolean {
    const now = this.#clock.elapsed()
    if (audience.connections.size < MIN_AUDIENCE || !audience.pace.isBusy(now)) return false
    const waitMs = this.#beatAt + this.#beatMs - now
    if (waitMs > 0) this.#beatTimer ??= this.#clock.after(waitMs, this.#beat)
    else this.#beatAt = now
    return waitMs > 0
  }

  readonly #beat = (): void => {
    this.#beatTimer = undefined
    this.#beatAt = this.#clock.elapsed()
    if (this.#busy.size === 0) return
    for (const audience of this.#busy) this.#dirty.add(audience)
    this.#busy.clear()
    this.#flusher.requestRoomFlush()
  }

  #flushAudience(audience: Audience): void {
    if (audience.items.length === 0) return
    const frame = new SharedFrame(joinItems(audience.items), this.#compressFromBytes)
    this.frames++
    this.deliveries += audience.items.length * audience.connections.size
    audience.pace.count(audience.items.length, this.#clock.elapsed())
    audience.items = []
    this.#dirty.delete(audience)
    this.#busy.delete(audience)
    for (const connection of audience.connections) connection.enqueueFrame(frame)
  }
}

/** In a smaller room there are hardly any writes to save: its senders' replies, which don't wait, are most of them. */
const MIN_AUDIENCE = 5

const NOBODY: ReadonlySet<HubConnection> = new Set()

// --- types ---

export interface HubOptions {
  flusher: Flusher
  clock: Clock
  /** From one beat to the next, in ms: what a change in a very busy room may wait. */
  beatMs: number
  /** Frames of so many characters or more are compressed for who takes that; 0, and left out: none. */
  compressFromBytes?: number
}

/** All that the hub knows of a connection. */
export interface HubConnection {
  readonly id: string
  enqueueFrame(frame: SharedFrame): void
  /** Takes a frame that may be left out, if nothing stands before it; false if it was left out. */
  enqueueSignal(frame: SharedFrame): boolean
}

interface Audience {
  connections: Set<HubConnection>
  /** Told since the last flush, as JSON. */
  items: string[]
  pace: RoomPace
}
