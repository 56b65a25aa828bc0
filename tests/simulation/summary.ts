/** Summary: what many batches came to, in the order of their seeds. */
import { createHash } from 'node:crypto'
import type { BatchResult, Broken } from './batch.ts'
import { KINDS, Totals } from './totals.ts'

export class Summary {
  readonly broken: Broken[] = []
  ran = 0
  readonly #first: number
  readonly #totals = new Totals()
  readonly #digest = createHash('sha256')

  constructor(first: number) {
    this.#first = first
  }

  add({ ran, counts, broken, digest }: BatchResult): void {
    this.ran += ran
    this.#totals.add({ counts })
    this.broken.push(...broken)
    this.#digest.update(digest)
  }

  get isGood(): boolean {
    return this.broken.length === 0 && this.#missing.length === 0
  }

  /** Everything that there is to say; the last line is the verdict. */
  print(): string[] {
    const { counts } = this.#totals
    const missing = this.#missing
    return [
      ...KINDS.map((kind) => `${String(counts[kind]).padStart(9)} ${kind}`),
      `seeds ${this.#first} to ${this.#first + this.ran - 1}, digest ${this.#digest.copy().digest('hex').slice(0, 16)}`,
      ...(missing.length > 0 ? [`never happened: ${missing.join(', ')}`] : []),
      `simulate: ${this.ran} schedules, ${this.broken.length} violations`,
    ]
  }

  /** A few schedules can't meet everything. */
  get #missing(): readonly string[] {
    return this.ran >= FULL_RUN ? this.#totals.missing() : []
  }
}

/** As many schedules as always meet every kind of trouble. */
const FULL_RUN = 1_000
