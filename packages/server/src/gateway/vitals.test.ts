import { expect, test } from 'vitest'
import { Vitals } from './vitals.ts'

const CONFIG = { heartbeatMs: 25_000, pongTimeoutMs: 10_000, stallMs: 10_000 }
const START = 1_800_000_000_000
const HOUR_MS = 3_600_000

test('[CONN-7] after 25 s without a word from the service comes a heartbeat, and 10 s later who has not answered is dead', () => {
  const vitals = new Vitals(CONFIG, START)
  expect(vitals.judge(START + 24_999, 0)).toBe('well')
  expect(vitals.judge(START + 25_000, 0)).toBe('heartbeat')
  expect(vitals.judge(START + 34_999, 0)).toBe('well')
  expect(vitals.judge(START + 35_000, 0)).toBe('dead')
})

test('[CONN-7] a clock that steps back delays the next heartbeat by 25 s at most, and so whoever is dead is found', () => {
  const vitals = new Vitals(CONFIG, START)
  expect(vitals.judge(START + 500, 0)).toBe('well')
  const stepped = START - HOUR_MS
  expect(vitals.judge(stepped, 0)).toBe('well')
  expect(vitals.judge(stepped + 25_000, 0)).toBe('heartbeat')
  expect(vitals.judge(stepped + 35_000, 0)).toBe('dead')
})

test('a clock that steps back cuts nobody who waits for a pong, nor who takes little', () => {
  const vitals = new Vitals(CONFIG, START)
  expect(vitals.judge(START + 25_000, 500)).toBe('heartbeat')
  const stepped = START + 25_500 - HOUR_MS
  expect(vitals.judge(stepped, 500)).toBe('well')
  expect(vitals.judge(stepped + 9_999, 500)).toBe('well')
  expect(vitals.judge(stepped + 10_000, 500)).toBe('stalled')
})
