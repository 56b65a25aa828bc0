/** MemoryBus is the bus of a service that hears no other node: it tells its own at once, in order. */
import type { Change } from '../store/change.ts'
import type { Bus, Notice, Subscription } from './bus.ts'

export class MemoryBus implements Bus {
  readonly isComplete: boolean
  readonly isUp = true
  readonly lost = 0
  readonly #rooms = new Map<string, Set<(changes: readonly Change[]) => void>>()
  readonly #noticeListeners = new Set<(notice: Notice) => void>()

  /** `isComplete` is false where other nodes may change what this one isn't told of. */
  constructor({ isComplete = true } = {}) {
    this.isComplete = isComplete
  }

  publish(roomId: string, changes: readonly Change[]): void {
    for (const listener of this.#rooms.get(roomId) ?? []) listener(changes)
  }

  subscribe(roomId: string, listener: (changes: readonly Change[]) => void): Subscription {
    const listeners = this.#rooms.get(roomId) ?? new Set()
    this.#rooms.set(roomId, listeners.add(listener))
    return {
      ready: Promise.resolve(),
      close: () => {
        listeners.delete(listener)
        if (listeners.size === 0 && this.#rooms.get(roomId) === listeners) this.#rooms.delete(roomId)
      },
    }
  }

  notify(notice: Notice): void {
    for (const listener of this.#noticeListeners) listener(notice)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#noticeListeners.add(listener)
  }

  /** Nothing is ever lost here. */
  onRestored(): void {}

  /** There is nobody else who can be told. */
  tellSpent(): void {}

  onSpent(): void {}

  async close(): Promise<void> {
    this.#rooms.clear()
    this.#noticeListeners.clear()
  }
}
