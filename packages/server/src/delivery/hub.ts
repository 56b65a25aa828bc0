/** Hub maps rooms to the connections on this node that follow them live, and encodes what is new once for all of them. */
import { joinItems } from '@parlor/protocol'
import type { Flusher } from './flusher.ts'
import { textFrame } from './frame.ts'

export class Hub {
  readonly #flusher: Flusher
  readonly #audiences = new Map<string, Audience>()
  readonly #dirty = new Set<Audience>()
  /** Frames encoded and deliveries made (an item counts once for each connection); for metrics. */
  frames = 0
  deliveries = 0

  constructor(flusher: Flusher) {
    this.#flusher = flusher
    flusher.onFlush = () => this.flush()
  }

  add(roomId: string, connection: HubConnection): void {
    let audience = this.#audiences.get(roomId)
    if (!audience) {
      audience = { connections: new Set(), items: [] }
      this.#audiences.set(roomId, audience)
    }
    // What was told before belongs to those who were there before.
    this.#flushAudience(audience)
    audience.connections.add(connection)
  }

  remove(roomId: string, connection: HubConnection): void {
    const audience = this.#audiences.get(roomId)
    if (!audience) return
    audience.connections.delete(connection)
    if (audience.connections.size > 0) return
    this.#audiences.delete(roomId)
    this.#dirty.delete(audience)
  }

  /** Tells a room's connections an item, with the next flush. */
  tell(roomId: string, json: string): void {
    const audience = this.#audiences.get(roomId)
    if (!audience) return
    audience.items.push(json)
    if (audience.items.length > 1) return
    this.#dirty.add(audience)
    this.#flusher.requestRoomFlush()
  }

  /** Puts what was told into the connections' queues now: whoever is removed next gets that much and no more. */
  flushRoom(roomId: string): void {
    const audience = this.#audiences.get(roomId)
    if (audience) this.#flushAudience(audience)
  }

  /** The same for every room that has news. */
  flush(): void {
    for (const audience of this.#dirty) this.#flushAudience(audience)
  }

  #flushAudience(audience: Audience): void {
    if (audience.items.length === 0) return
    const frame = textFrame(joinItems(audience.items))
    this.frames++
    this.deliveries += audience.items.length * audience.connections.size
    audience.items = []
    this.#dirty.delete(audience)
    for (const connection of audience.connections) connection.enqueueFrame(frame)
  }
}

// --- types ---

/** All that the hub knows of a connection. */
export interface HubConnection {
  readonly id: string
  enqueueFrame(sharedFrame: Buffer): void
}

interface Audience {
  connections: Set<HubConnection>
  /** Told since the last flush, as JSON. */
  items: string[]
}
