/** Positions: where a client must stand in each room, by the frames that it was given. */
import type { Position, WireItem } from '../log.ts'

export class Positions {
  readonly #rooms = new Map<string, Place>()
  /** Rooms by the `ref` of the `room.open` that asks for them. */
  readonly #asked = new Map<number, string>()

  /** Undefined before the first answer, and where an answer came that the client may have dropped. */
  of(roomId: string): Position | undefined {
    const place = this.#rooms.get(roomId)
    return place?.isCertain ? place.position : undefined
  }

  /** A new socket: what was asked on the old one gets no answer. */
  connected(): void {
    this.#asked.clear()
  }

  sent(item: WireItem): void {
    if (item.type === 'hello') this.connected()
    if (item.type !== 'room.open' || item.ref === undefined || !item.roomId) return
    this.#forgetAsked(item.roomId)
    this.#asked.set(item.ref, item.roomId)
  }

  received(items: readonly WireItem[]): void {
    for (const item of items) this.#read(item)
  }

  #read(item: WireItem): void {
    if (item.ref !== undefined) this.#reply(item)
    else if (item.type === 'room.opened') this.#opened(item)
    else if (item.type === 'room.range') this.#move(item.roomId, item.from, item.to, item.epoch)
    else if (typeof item.seq === 'number') this.#move(item.roomId, item.seq - 1, item.seq, item.epoch)
  }

  #reply({ ref, ok }: WireItem): void {
    const isOpening = ok?.roomId !== undefined && ok.head !== undefined && (ok.range ?? ok.reset) !== undefined
    const isAsked = this.#asked.delete(ref ?? -1)
    if (!isOpening) return
    if (isAsked) this.#opened(ok)
    else {
      // The room was opened by another answer meanwhile; the service goes on from this one, and the client may not.
      const place = this.#rooms.get(ok.roomId)
      if (place) place.isCertain = false
    }
  }

  #opened({ roomId = '', epoch, head, range }: WireItem): void {
    const held = this.#rooms.get(roomId)?.position
    // It asks anew for what doesn't reach down to where it stands.
    if (range && held && range.from > held.seq) return
    this.#forgetAsked(roomId)
    this.#rooms.set(roomId, { position: { epoch, seq: head }, isCertain: true })
  }

  #move(roomId = '', from: number, to: number, epoch: string | undefined): void {
    const place = this.#rooms.get(roomId)
    if (!place || from > place.position.seq || to <= place.position.seq) return
    place.position = { epoch: epoch ?? place.position.epoch, seq: to }
  }

  #forgetAsked(roomId: string): void {
    for (const [ref, asked] of this.#asked) if (asked === roomId) this.#asked.delete(ref)
  }
}

// --- types ---

interface Place {
  position: Position
  isCertain: boolean
}
