import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'

describe('Ledger', () => {
  it('summarizes a value over the runs of one workload and peer', () => {
    const ledger = new Ledger()
    for (const p50 of [3, 1, 2]) ledger.add('W1', 'parlor', { p50 })
    ledger.add('W1', 'bun', { p50: 9 })
    ledger.add('W2', 'parlor', { p50: 9 })
    expect(ledger.read('W1', 'parlor', 'p50')).toEqual({ median: 2, min: 1, max: 3, count: 3 })
    expect(ledger.peersOf('W1')).toEqual(['parlor', 'bun'])
  })

  it('has no number for what wasn’t measured', () => {
    const ledger = new Ledger()
    ledger.add('W1', 'parlor', { p50: Number.NaN })
    expect(ledger.read('W1', 'parlor', 'p50').median).toBeNaN()
    expect(ledger.read('W1', 'parlor', 'p99').count).toBe(0)
  })

  it('writes the medians of what was measured', () => {
    const ledger = new Ledger()
    for (const p50 of [3, 1, 2]) ledger.add('W1', 'parlor', { p50, p99: Number.NaN })
    ledger.add('W1', 'bun', { p50: 9 })
    expect(JSON.parse(JSON.stringify(ledger))).toEqual({ W1: { parlor: { p50: 2 }, bun: { p50: 9 } } })
  })

  it('remembers what was wrong, and that one wrong delivery is one too many', () => {
    const ledger = new Ledger()
    ledger.add('W1', 'parlor', { wrong: 0 }, ['slow'])
    ledger.add('W1', 'parlor', { wrong: 0 }, ['slow', 'late'])
    expect(ledger.isSound('W1', 'parlor')).toBe(true)
    expect(ledger.flawsOf('W1', 'parlor')).toEqual(['slow (2 runs)', 'late'])
    ledger.add('W1', 'bun', { held: 0.97 })
    expect(ledger.isSound('W1', 'bun')).toBe(false)
    ledger.add('W1', 'parlor', { wrong: 1 })
    expect(ledger.isSound('W1', 'parlor')).toBe(false)
  })
})
