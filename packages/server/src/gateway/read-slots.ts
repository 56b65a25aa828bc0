/** ReadSlots lets each user have a few reads under way, and the next ones wait: nobody's history keeps the others waiting. */

export class ReadSlots {
  readonly #slots: number
  readonly #users = new Map<string, { running: number; waiting: (() => void)[] }>()

  constructor(slots: number) {
    this.#slots = slots
  }

  /** Runs `read` when one of the user's slots is free, in the order of the calls. */
  async run<T>(userId: string, read: () => Promise<T>): Promise<T> {
    const user = this.#users.get(userId) ?? { running: 0, waiting: [] }
    this.#users.set(userId, user)
    if (user.running >= this.#slots) await new Promise<void>((resolve) => user.waiting.push(resolve))
    else user.running++
    try {
      return await read()
    } finally {
      // A slot is handed on, so that nobody comes in between.
      const next = user.waiting.shift()
      if (next) next()
      else if (--user.running === 0) this.#users.delete(userId)
    }
  }
}
