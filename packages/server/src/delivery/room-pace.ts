/** RoomPace tells whether a room has so many changes that nobody can tell those of one moment apart. */

export class RoomPace {
  #perMs = 0
  #countedAt = Number.NEGATIVE_INFINITY

  /** Counts what was told at once. */
  count(changes: number, nowMs: number): void {
    this.#perMs = this.#rememberedPerMs(nowMs) + changes / MEMORY_MS
    this.#countedAt = nowMs
  }

  /** Whether there were more than `BUSY_PER_SECOND` lately. A burst that came at once says nothing about a rate. */
  isBusy(nowMs: number): boolean {
    return this.#rememberedPerMs(nowMs) * 1_000 > BUSY_PER_SECOND
  }

  #rememberedPerMs(nowMs: number): number {
    const passed = Math.min(1, (nowMs - this.#countedAt) / MEMORY_MS)
    return this.#perMs * (1 - passed)
  }
}

/** As many as a display has frames: above it, two changes are on the screen at once anyway. */
const BUSY_PER_SECOND = 60

/** Long against the time between two changes of a busy room, short against a conversation. */
const MEMORY_MS = 500
