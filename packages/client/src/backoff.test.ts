import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBackoff, FIRST_WAIT_MS, LONGEST_WAIT_MS } from './backoff.ts'

test('the limit doubles from half a second to half a minute', () => {
  const backoff = createBackoff(() => 1)
  const waits = Array.from({ length: 9 }, () => backoff.next())
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('a success starts anew', () => {
  const backoff = createBackoff(() => 1)
  backoff.next()
  backoff.next()
  expect(backoff.failures).toBe(2)
  backoff.reset()
  expect([backoff.failures, backoff.next()]).toEqual([0, FIRST_WAIT_MS])
})

test('the jitter is full: any wait from nothing to the limit', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.nat({ max: 100 }),
      (random, before) => {
        const backoff = createBackoff(() => random)
        for (let i = 0; i < before; i++) backoff.next()
        const wait = backoff.next()
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(LONGEST_WAIT_MS)
      },
    ),
  )
})
