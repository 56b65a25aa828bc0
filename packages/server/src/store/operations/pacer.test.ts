import { expect, test } from 'vitest'
import { Pacer } from './pacer.ts'

/** A pacer that just started a commit, at 1,000 ms, after this many operations a second for a second. */
function after(operationsPerSecond: number): Pacer {
  const pacer = new Pacer({ maxGatherMs: 10 })
  pacer.start(0, 1)
  pacer.start(1_000, operationsPerSecond)
  return pacer
}

test('nothing waits while hardly anything would come along', () => {
  expect(after(1).waitMs(1_000)).toBe(0)
  expect(after(200).waitMs(1_000)).toBe(0)
})

test('the more operations come, the longer from one start to the next, up to the limit', () => {
  expect(after(500).waitMs(1_000)).toBeCloseTo(5)
  expect(after(800).waitMs(1_000)).toBeCloseTo(10)
  expect(after(3_200).waitMs(1_000)).toBeCloseTo(10)
})

test('a commit waits for no more than enough operations', () => {
  expect(after(6_400).waitMs(1_000)).toBeCloseTo(5)
  expect(after(32_000).waitMs(1_000)).toBeCloseTo(1)
})

test('the wait counts from the start of the last commit', () => {
  expect(after(800).waitMs(1_004)).toBeCloseTo(6)
  expect(after(800).waitMs(1_010)).toBe(0)
  expect(after(800).waitMs(9_000)).toBe(0)
})

test('the first commit never waits, and a short moment says nothing about the rate', () => {
  const pacer = new Pacer({ maxGatherMs: 10 })
  expect(pacer.waitMs(0)).toBe(0)
  pacer.start(0, 1)
  pacer.start(20, 100)
  expect(pacer.waitMs(20)).toBe(0)
})
