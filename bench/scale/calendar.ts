/** Calendar keeps one appointment for each of very many, by the ms: making and meeting one costs the same at any number. */

export class Calendar {
  readonly #first: Int32Array
  readonly #next: Int32Array

  /** For so many, numbered from 0, and times below `untilMs`. */
  constructor(count: number, untilMs: number) {
    this.#first = new Int32Array(untilMs).fill(NOBODY)
    this.#next = new Int32Array(count).fill(NOBODY)
  }

  /** One who has an appointment can't have a second one. What lies beyond the end is never met. */
  add(who: number, atMs: number): void {
    const at = Math.round(atMs)
    if (at >= this.#first.length) return
    this.#next[who] = this.#first[at] ?? NOBODY
    this.#first[at] = who
  }

  /** Calls `meet` for everybody in the order of the ms, also for those whom `meet` adds, until nobody is left. */
  run(meet: (who: number, atMs: number) => void): void {
    for (let at = 0; at < this.#first.length; at++) {
      for (let who = this.#take(at); who !== NOBODY; who = this.#take(at)) meet(who, at)
    }
  }

  #take(at: number): number {
    const who = this.#first[at] ?? NOBODY
    if (who !== NOBODY) this.#first[at] = this.#next[who] ?? NOBODY
    return who
  }
}

const NOBODY = -1
