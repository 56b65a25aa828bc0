/** TokenBucket allows a rate and a burst, and says how long to wait when both are used up. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = nowMs
  }

  /** Takes one token. 0 if there was one; else the ms until there is, and nothing is taken. */
  take(nowMs: number): number {
    this.#fill(nowMs)
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / this.#perMs)
    this.#tokens -= 1
    return 0
  }

  /** So many were used elsewhere: they are taken even where there are none, and have to come back first. */
  owe(count: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#tokens = Math.max(this.#tokens - count, -MOST_BURSTS_OWED * this.#burst)
  }

  /** Nobody has used it for so long that a new one would be the same. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens >= this.#burst
  }

  #fill(nowMs: number): void {
    // A clock that steps back gives nothing and takes nothing.
    if (nowMs > this.#filledAt)
      this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAt) * this.#perMs)
    this.#filledAt = nowMs
  }
}

/** RateLimit is a token bucket for every key, such as a user id; full ones are forgotten. */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: () => number
  readonly #buckets = new Map<string, TokenBucket>()
  #sweepAt = SWEEP_SIZE

  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#now = now
  }

  /** 0 if allowed; else the ms to wait. */
  take(key: string): number {
    const now = this.#now()
    return this.#bucketOf(key, now).take(now)
  }

  /** So many were used elsewhere. */
  owe(key: string, count: number): void {
    const now = this.#now()
    this.#bucketOf(key, now).owe(count, now)
  }

  #bucketOf(key: string, now: number): TokenBucket {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      this.#sweep(now)
      bucket = new TokenBucket(this.#perSecond, this.#burst, now)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #sweep(now: number): void {
    if (this.#buckets.size < this.#sweepAt) return
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key)
    this.#sweepAt = Math.max(SWEEP_SIZE, this.#buckets.size * 2)
  }
}

/**
 * Enough for what ten nodes can allow before they hear of each other. Not without end: who was paused hears what others used
 * in minutes, all at once, and nobody shall wait as long for that.
 */
const MOST_BURSTS_OWED = 9

/** Buckets before the first sweep: about 100 KiB. */
const SWEEP_SIZE = 1_000
