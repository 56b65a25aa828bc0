import { expect, test } from 'vitest'
import { CLOSE_CODES, closeAction } from './close-codes.ts'

test('every close code has one meaning', () => {
  const numbers = Object.values(CLOSE_CODES).map(([number]) => number)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test.each([
  [1000, 'final'],
  [1001, 'reconnect'],
  [1002, 'final'],
  [1006, 'reconnect'],
  [1007, 'final'],
  [1008, 'final'],
  [1009, 'final'],
  [1012, 'reconnect'],
  [1013, 'wait'],
  [4400, 'final'],
  [4401, 'refresh'],
  [4403, 'final'],
  [4406, 'final'],
  [4408, 'reconnect'],
  [4429, 'wait'],
  [4430, 'reconnect'],
])('%i: %s', (code, action) => {
  expect(closeAction(code)).toBe(action)
  expect(Object.values(CLOSE_CODES).map(([number]) => number)).toContain(code)
})

test('a code that nobody has named reconnects below 4000 and is final above', () => {
  expect([1005, 1011, 1015, 3000, 3999, 4000, 4499, 4999].map(closeAction)).toEqual([
    'reconnect',
    'reconnect',
    'reconnect',
    'reconnect',
    'reconnect',
    'final',
    'final',
    'final',
  ])
})
