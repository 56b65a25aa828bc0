import { describe, expect, test } from 'vitest'
import { messageRow } from './testing/rows.ts'
import { extendNewer, extendOlder, isInside, mergeRows, windowOf } from './window.ts'

const rows = [messageRow(3), messageRow(5), messageRow(9)]

describe('window', () => {
  test('a page ends where more exists, and is open where nothing does', () => {
    expect(windowOf({ messages: rows, hasOlder: true, hasNewer: true })).toEqual({ low: 3, high: 9 })
    expect(windowOf({ messages: rows, hasOlder: false, hasNewer: false })).toEqual(OPEN)
    expect(windowOf({ messages: [], hasOlder: false, hasNewer: false })).toEqual(OPEN)
  })

  test('a page extends one edge only', () => {
    const window = { low: 20, high: 30 }
    expect(extendOlder(window, { messages: rows, hasOlder: true, hasNewer: true })).toEqual({ low: 3, high: 30 })
    expect(extendNewer(window, { messages: rows, hasOlder: true, hasNewer: false })).toEqual({
      low: 20,
      high: Infinity,
    })
  })

  test('both edges belong to the window', () => {
    expect([2, 3, 9, 10].map((seq) => isInside({ low: 3, high: 9 }, seq))).toEqual([false, true, true, false])
  })

  test('rows go where their seq belongs', () => {
    const merged = mergeRows(rows, OPEN, [messageRow(10), messageRow(1), messageRow(6), messageRow(5, 11)])
    expect(merged.map(({ seq, version }) => [seq, version])).toEqual([
      [1, 1],
      [3, 3],
      [5, 11],
      [6, 6],
      [9, 9],
      [10, 10],
    ])
    expect(rows).toHaveLength(3)
  })

  test('nothing new gives the same array', () => {
    expect(mergeRows(rows, OPEN, [messageRow(5), messageRow(5, 4)])).toBe(rows)
    expect(mergeRows(rows, { low: 3, high: 9 }, [messageRow(1), messageRow(10)])).toBe(rows)
  })
})

const OPEN = { low: 0, high: Number.POSITIVE_INFINITY }
