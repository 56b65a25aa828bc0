import { describe, expect, test } from 'vitest'
import { MESSAGE_ID_PATTERN } from './limits.ts'
import { uuidv7 } from './uuid.ts'

describe('uuidv7', () => {
  test('is a lower-case UUID of version 7 and variant 10', () => {
    const id = uuidv7()
    expect(id).toMatch(MESSAGE_ID_PATTERN)
    expect(id[14]).toBe('7')
    expect('89ab').toContain(id[19])
  })

  test('carries the time in its first 48 bits', () => {
    const ms = Date.UTC(2030, 0, 1)
    expect(Number.parseInt(uuidv7(ms).replace('-', '').slice(0, 12), 16)).toBe(ms)
  })

  test('100,000 ids made in a row are all different, and already sorted', () => {
    const ids = Array.from({ length: 100_000 }, () => uuidv7())
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
  })

  test('keeps rising within one millisecond, past the 4,096 that its counter holds', () => {
    const ms = Date.UTC(2031, 0, 1)
    const ids = Array.from({ length: 20_000 }, () => uuidv7(ms))
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('keeps rising when the clock steps back', () => {
    const ms = Date.UTC(2032, 0, 1)
    const ids = [ms, ms - 3_600_000, ms - 1, ms, ms + 1, ms - 10].map((now) => uuidv7(now))
    expect(ids.toSorted()).toEqual(ids)
  })
})
