import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateLimit, TokenBucket } from './token-bucket.ts'

describe('a token bucket', () => {
  it('allows the burst at once, then says how long to wait', () => {
    const bucket = new TokenBucket(500, 3, 1_000)
    expect([bucket.take(1_000), bucket.take(1_000), bucket.take(1_000)]).toEqual([0, 0, 0])
    expect(bucket.take(1_000)).toBe(2)
    expect(bucket.take(1_001)).toBe(1)
    expect(bucket.take(1_002)).toBe(0)
  })

  it('never allows more than burst + rate x time, whatever the calls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (steps) => {
        const bucket = new TokenBucket(10, 20, 0)
        let now = 0
        let allowed = 0
        for (const step of steps) {
          now += step
          if (bucket.take(now) === 0) allowed++
        }
        expect(allowed).toBeLessThanOrEqual(20 + (now / 1000) * 10 + 1e-6)
      }),
    )
  })

  it('gives nothing for a clock that steps back, and goes on from there', () => {
    const bucket = new TokenBucket(1, 1, 10_000)
    expect(bucket.take(10_000)).toBe(0)
    expect(bucket.take(5_000)).toBe(1_000)
    expect(bucket.take(6_000)).toBe(0)
  })
})

describe('a rate limit', () => {
  it('counts each key by itself and forgets keys that are full again', () => {
    let now = 0
    const limit = new RateLimit(1, 1, () => now)
    for (let i = 0; i < 5_000; i++) expect(limit.take(`user-${i}`)).toBe(0)
    expect(limit.take('user-7')).toBe(1_000)
    now = 10_000
    expect(limit.take('user-7')).toBe(0)
  })
})
