/** VirtualTime: the one clock of a simulated world, which moves only from one event to the next. */

export class VirtualTime {
  /** A moment like any other, so that times look like times. */
  now = 1_760_000_000_000
  #order = 0
  readonly #heap: Due[] = []
  #passing: Passing | undefined
  /** Steps that Node has yet to run. */
  #immediates = 0

  /** Calls back once, after this many ms. Events of the same moment come in the order in which they were made. */
  after(ms: number, run: () => void): Due {
    this.#order += 1
    const due: Due = { at: this.now + Math.max(0, ms), order: this.#order, run, isStopped: false }
    this.#push(due)
    return due
  }

  /**
   * Runs everything that is due within this many ms. Each event has its own immediate: Node settles every promise that
   * it touches, and whatever follows from that, before the next event begins.
   */
  pass(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#passing = { until: this.now + ms, resolve, reject }
      if (this.#immediates === 0) this.#turn()
    })
  }

  /** Many at a time: a turn of the event loop costs as much as an event. */
  #turn(): void {
    this.#immediates = EVENTS_PER_TURN
    for (let left = EVENTS_PER_TURN; left > 0; left--) setImmediate(this.#step)
  }

  readonly #step = (): void => {
    this.#immediates -= 1
    const passing = this.#passing
    if (!passing) return
    const due = this.#next(passing.until)
    try {
      this.now = due?.at ?? passing.until
      due?.run()
      if (!due) this.#end(passing.resolve)
    } catch (error) {
      this.#end(() => passing.reject(error as Error))
    }
    if (this.#passing && this.#immediates === 0) this.#turn()
  }

  #end(tell: () => void): void {
    this.#passing = undefined
    tell()
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

/** Enough that the turns cost little, and few enough that the last wait leaves few behind. */
const EVENTS_PER_TURN = 32

// --- types ---

export interface Due {
  at: number
  order: number
  run: () => void
  isStopped: boolean
}

interface Passing {
  until: number
  resolve: () => void
  reject: (error: Error) => void
}
