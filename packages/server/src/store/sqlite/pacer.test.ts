import { expect, test } from 'vitest'
import { Pacer } from './pacer.ts'

/** A pacer whose event loop was this busy for the last second. */
function after(utilization: number): Pacer {
  let loop = { active: 0, idle: 0 }
  const pacer = new Pacer({ maxGatherMs: 10, readLoop: () => loop })
  loop = { active: utilization * 1_000, idle: (1 - utilization) * 1_000 }
  pacer.start(5_000)
  return pacer
}

test('nothing waits while the process has time to spare', () => {
  expect(after(0).waitMs(5_000)).toBe(0)
  expect(after(0.5).waitMs(5_000)).toBe(0)
})

test('the busier the process, the longer from one start to the next, up to the limit', () => {
  expect(after(0.7).waitMs(5_000)).toBeCloseTo(5)
  expect(after(0.9).waitMs(5_000)).toBeCloseTo(10)
  expect(after(1).waitMs(5_000)).toBeCloseTo(10)
})

test('the wait counts from the start of the last commit', () => {
  expect(after(1).waitMs(5_004)).toBeCloseTo(6)
  expect(after(1).waitMs(5_010)).toBe(0)
  expect(after(1).waitMs(9_000)).toBe(0)
})

test('the first commit never waits, and a short moment says nothing about the load', () => {
  let loop = { active: 0, idle: 0 }
  const pacer = new Pacer({ maxGatherMs: 10, readLoop: () => loop })
  expect(pacer.waitMs(0)).toBe(0)
  loop = { active: 20, idle: 0 }
  pacer.start(20)
  expect(pacer.waitMs(20)).toBe(0)
})
