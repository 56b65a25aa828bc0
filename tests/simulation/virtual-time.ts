/** VirtualTime: the one clock of a simulated world, which moves only from one event to the next. */

export class VirtualTime {
  /** A moment like any other, so that times look like times. */
  now = 1_760_000_000_000
  #order = 0
  readonly #heap: Due[] = []

  /** Calls back once, after this many ms. Events of the same moment come in the order in which they were made. */
  after(ms: number, run: () => void): Due {
    this.#order += 1
    const due: Due = { at: this.now + Math.max(0, ms), order: this.#order, run, isStopped: false }
    this.#push(due)
    return due
  }

  /**
   * Runs everything that is due within this many ms. Each event has its own turn of Node's event loop: every promise that
   * it settles, and whatever follows from that, is done before the next event begins.
   */
  pass(ms: number): Promise<void> {
    const until = this.now + ms
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          const due = this.#next(until)
          if (!due) {
            this.now = until
            resolve()
            return
          }
          this.now = due.at
          due.run()
        } catch (error) {
          reject(error as Error)
          return
        }
        setImmediate(step)
      }
      setImmediate(step)
    })
  }

  #next(until: number): Due | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (!first || first.at > until) return undefined
      this.#pop()
      if (!first.isStopped) return first
    }
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, heap[parent] as Due)) break
      heap[at] = heap[parent] as Due
      at = parent
    }
    heap[at] = due
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Due
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child += 1
      if (!isBefore(heap[child] as Due, last)) break
      heap[at] = heap[child] as Due
      at = child
    }
    heap[at] = last
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

// --- types ---

export interface Due {
  at: number
  order: number
  run: () => void
  isStopped: boolean
}
