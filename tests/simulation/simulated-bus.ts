/** SimulatedBus: what tells two nodes of each other's commits, and loses, doubles, delays and reorders it. */
import type { Bus, Subscription } from '../../packages/server/src/delivery/bus.ts'
import type { Change } from '../../packages/server/src/store/change.ts'
import type { Totals } from './totals.ts'
import type { VirtualTime } from './virtual-time.ts'

export class BusNetwork {
  /** Everything is lost until then. */
  outageUntil = 0
  /** Nothing is lost, doubled or late any more. */
  isHealed = false
  readonly #parts: BusParts
  readonly #listeners = new Set<Listener>()

  constructor(parts: BusParts) {
    this.#parts = parts
  }

  /** The bus as one node has it. */
  connect(): NodeBus {
    return new NodeBus(this, this.#listeners, this.#parts.time)
  }

  send(roomId: string, changes: readonly Change[]): void {
    for (const listener of this.#listeners) if (listener.roomId === roomId) this.#deliver(listener, changes)
  }

  #deliver(listener: Listener, changes: readonly Change[]): void {
    const { time, random, totals } = this.#parts
    const isLost = time.now < this.outageUntil || (!this.isHealed && random() < 0.06)
    if (isLost) {
      totals.count('bus losses')
      return
    }
    const isDoubled = !this.isHealed && random() < 0.08
    if (isDoubled) totals.count('bus doubles')
    for (let copy = 0; copy < (isDoubled ? 2 : 1); copy++) {
      const isLate = !this.isHealed && random() < 0.1
      time.after(random() * (isLate ? 400 : 5), () => {
        if (!this.#listeners.has(listener)) return
        const seq = changes[0]?.event.seq ?? 0
        if (seq < listener.lastSeq) totals.count('reorders')
        listener.lastSeq = Math.max(seq, listener.lastSeq)
        listener.receive(changes)
      })
    }
  }
}

class NodeBus implements Bus {
  readonly isComplete = false
  readonly isUp = true
  readonly lost = 0
  readonly #network: BusNetwork
  readonly #listeners: Set<Listener>
  readonly #time: VirtualTime
  readonly #own = new Set<Listener>()

  constructor(network: BusNetwork, listeners: Set<Listener>, time: VirtualTime) {
    this.#network = network
    this.#listeners = listeners
    this.#time = time
  }

  publish(roomId: string, changes: readonly Change[]): void {
    this.#network.send(roomId, changes)
  }

  subscribe(roomId: string, receive: (changes: readonly Change[]) => void): Subscription {
    const listener: Listener = { roomId, receive, lastSeq: 0 }
    const ready = new Promise<void>((resolve) => {
      this.#time.after(3, () => {
        if (!this.#own.has(listener)) return
        this.#listeners.add(listener)
        resolve()
      })
    })
    this.#own.add(listener)
    return {
      ready,
      close: () => {
        this.#own.delete(listener)
        this.#listeners.delete(listener)
      },
    }
  }

  notify(): void {}
  onNotice(): void {}
  onRestored(): void {}
  tellSpent(): void {}
  onSpent(): void {}

  async close(): Promise<void> {
    for (const listener of this.#own) this.#listeners.delete(listener)
    this.#own.clear()
  }
}

// --- types ---

export interface BusParts {
  time: VirtualTime
  random: () => number
  totals: Totals
}

interface Listener {
  roomId: string
  receive: (changes: readonly Change[]) => void
  lastSeq: number
}
