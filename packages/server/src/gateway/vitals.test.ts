import { expect, test } from 'vitest'
import { Vitals } from './vitals.ts'

const CONFIG = { heartbeatMs: 25_000, pongTimeoutMs: 10_000, stallMs: 10_000 }
const START = 5_000

test('[CONN-7] after 25 s without a word from the service comes a heartbeat, and 10 s later who has not answered is dead', () => {
  const vitals = new Vitals(CONFIG, START)
  expect(vitals.judge(START + 24_999, 0)).toBe('well')
  expect(vitals.judge(START + 25_000, 0)).toBe('heartbeat')
  expect(vitals.judge(START + 34_999, 0)).toBe('well')
  expect(vitals.judge(START + 35_000, 0)).toBe('dead')
})

test('[G9] who takes nothing of what waits for 10 s is stalled; who takes some of it is not, and needs no heartbeat', () => {
  const vitals = new Vitals(CONFIG, START)
  expect(vitals.judge(START + 25_000, 0)).toBe('heartbeat')
  expect(vitals.judge(START + 25_500, 60_000)).toBe('well')
  // The answer to the heartbeat stands behind what the other end reads.
  expect(vitals.judge(START + 35_499, 60_000)).toBe('well')
  vitals.drained()
  expect(vitals.judge(START + 35_500, 60_000)).toBe('well')
  expect(vitals.judge(START + 45_400, 50_000)).toBe('well')
  expect(vitals.judge(START + 45_900, 50_000)).toBe('well')
  expect(vitals.judge(START + 55_899, 50_000)).toBe('well')
  expect(vitals.judge(START + 55_900, 50_000)).toBe('stalled')
})
