/**
 * AnswerTurns lets a connection have a few long answers on their way, and the next ones wait until little waits for its
 * socket: who comes back to many rooms over a slow line gets them one after the other, and not into this process's memory.
 */

export class AnswerTurns {
  readonly #outbound: { readonly isLow: boolean }
  #running = 0
  /** Made for who has one that waits. */
  #waiting: (() => void)[] | undefined
  #isClosed = false

  /** `isLow`: little waits for the socket. Whenever that becomes so, `next` is to be called. */
  constructor(outbound: { readonly isLow: boolean }) {
    this.#outbound = outbound
  }

  /** Runs `answer` when its turn has come, in the order of the calls. */
  async run<T>(answer: () => Promise<T>): Promise<T> {
    if (this.isFree) this.#running++
    // Whoever lets it go on has counted it.
    else await this.#wait()
    try {
      return await answer()
    } finally {
      this.#running--
      this.next()
    }
  }

  /** The connection is over: nobody who waits gets a turn. */
  close(): void {
    this.#isClosed = true
    this.#waiting = undefined
  }

  /** Lets go on whoever may. */
  next(): void {
    // Called at every flush, and nearly always for nobody.
    while (this.#waiting && this.#hasRoom) {
      this.#running++
      const next = this.#waiting.shift()
      if (this.#waiting.length === 0) this.#waiting = undefined
      next?.()
    }
  }

  /** Whether the next one would run at once. */
  get isFree(): boolean {
    return this.#hasRoom && !this.#waiting
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting ??= []
      this.#waiting.push(resolve)
    })
  }

  get #hasRoom(): boolean {
    return !this.#isClosed && this.#running < MAX_RUNNING && this.#outbound.isLow
  }
}

/** So many reads at a time keep a healthy socket busy; each may weigh a megabyte. */
const MAX_RUNNING = 4
