/** What many measurements come to: medians with their spread, and percentiles of latencies. */

/** The middle of the values, and how far they reach. NaN of nothing. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return {
    median: (low + high) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    count: sorted.length,
  }
}

/** Latencies in ms, counted in buckets of 0.02 ms up to 10 s: recording one costs an addition. */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS)
  #count = 0

  get count(): number {
    return this.#count
  }

  record(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS)))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count++
  }

  /** The value, in ms, that this share (0 to 1) of the latencies doesn't exceed: the upper edge of its bucket. NaN of nothing. */
  percentile(share: number): number {
    if (this.#count === 0) return Number.NaN
    const rank = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#buckets[i] ?? 0
      if (seen >= rank) return (i + 1) * BUCKET_MS
    }
    return Number.NaN
  }

  clear(): void {
    this.#buckets.fill(0)
    this.#count = 0
  }
}

const BUCKET_MS = 0.02
const BUCKETS = 500_000

// --- types ---

export interface Summary {
  median: number
  min: number
  max: number
  count: number
}
