/** Pipe: one direction of a simulated connection: in order, late, sometimes standing still, sometimes into the void. */
import type { VirtualTime } from './virtual-time.ts'

export class Pipe {
  readonly #time: VirtualTime
  readonly #random: () => number
  #queue: Parcel[] = []
  #isMoving = false
  #lastAt = 0
  #stalledUntil = 0
  #isVoid = false

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time
    this.#random = random
  }

  /** Bytes that the sender's side can't get rid of now. */
  get stuckBytes(): number {
    if (this.#time.now >= this.#stalledUntil) return 0
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get length(): number {
    return this.#queue.length
  }

  send(arrive: () => void, bytes = 0): void {
    if (this.#isVoid) return
    const isSlow = this.#random() < 0.05
    const readyAt = Math.max(this.#lastAt, this.#time.now + 1 + this.#random() * (isSlow ? 300 : 20))
    this.#lastAt = readyAt
    this.#queue.push({ arrive, bytes, readyAt })
    this.#move()
  }

  /** Nothing arrives for this long; then everything does. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#time.now + ms)
  }

  /** Of what is under way, this many parcels still arrive; nothing that is sent from now on does. */
  cut(kept: number): void {
    this.#queue = this.#queue.slice(0, kept)
    this.#isVoid = true
  }

  /** What arrives after everything that still does, however broken the pipe is. */
  end(ms: number, arrive: () => void): void {
    this.#isVoid = true
    const readyAt = Math.max(this.#lastAt, this.#time.now + ms)
    this.#queue.push({ arrive, bytes: 0, readyAt })
    this.#move()
  }

  #move(): void {
    const first = this.#queue[0]
    if (!first || this.#isMoving) return
    this.#isMoving = true
    const at = Math.max(first.readyAt, this.#stalledUntil)
    this.#time.after(at - this.#time.now, () => {
      this.#isMoving = false
      // Meanwhile it may have been stalled, or cut.
      if (this.#time.now >= this.#stalledUntil && this.#queue[0] === first) {
        this.#queue.shift()
        first.arrive()
      }
      this.#move()
    })
  }
}

// --- types ---

interface Parcel {
  arrive: () => void
  bytes: number
  readyAt: number
}
