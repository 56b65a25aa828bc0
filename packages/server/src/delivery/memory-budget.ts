/** MemoryBudget keeps what all the rooms of this node remember within bounds: who was asked last remembers longest. */

export class MemoryBudget {
  readonly #maxBytes: number
  /** The one that wasn't used for longest comes first. */
  readonly #holders = new Map<Holder, number>()
  /** Held now. */
  bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** This one was used, and holds as much as it says from now on. */
  use(holder: Holder): void {
    const bytes = holder.bytes
    this.bytes += bytes - (this.#holders.get(holder) ?? 0)
    this.#holders.delete(holder)
    this.#holders.set(holder, bytes)
    if (this.bytes > this.#maxBytes) this.#forgetOldest()
  }

  /** This one is gone. */
  release(holder: Holder): void {
    this.bytes -= this.#holders.get(holder) ?? 0
    this.#holders.delete(holder)
  }

  #forgetOldest(): void {
    for (const holder of this.#holders.keys()) {
      if (this.bytes <= this.#maxBytes) return
      holder.forget()
      this.release(holder)
    }
  }
}

// --- types ---

export interface Holder {
  readonly bytes: number
  forget(): void
}
