import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'
import { judge } from './targets.ts'

describe('the targets', () => {
  it('drop no row, and none is met, when nothing was measured', () => {
    const rows = judge(new Ledger())
    expect(rows).toHaveLength(16)
    expect(rows.every((row) => !row.isMet && row.measured.startsWith('not measured'))).toBe(true)
    expect(new Set(rows.map((row) => row.workload)).size).toBe(11)
  })

  it('compare medians as ratios', () => {
    const ledger = new Ledger()
    for (const usPerDelivery of [8, 6, 7]) ledger.add('W1', 'parlor', { usPerDelivery })
    ledger.add('W1', 'socket.io', { usPerDelivery: 10 })
    ledger.add('W1', 'ws loop', { usPerDelivery: 7.2 })
    const [versusSocketIo, versusLoop] = judge(ledger)
    expect(versusSocketIo).toMatchObject({ measured: '0.7 ×', target: '≤ 0.7 ×', isMet: true, parlor: '7 (6–8) µs' })
    expect(versusLoop).toMatchObject({ measured: '0.972 ×', isMet: false, other: 'ws loop 7.2 µs' })
  })

  it('compare memory with what may come on top', () => {
    const ledger = new Ledger()
    ledger.add('W4', 'parlor', { kibPerConnection: 9.5 })
    ledger.add('W4', 'ws loop', { kibPerConnection: 8 })
    expect(judge(ledger).find((row) => row.target === '≤ +2 KiB')).toMatchObject({ measured: '+1.5 KiB', isMet: true })
  })

  it('are not met by a ratio to nothing', () => {
    const ledger = new Ledger()
    ledger.add('W3', 'parlor', { deliveriesPerSecond: 1e6 })
    ledger.add('W3', 'socket.io', { deliveriesPerSecond: 0 })
    expect(judge(ledger).find((row) => row.workload === 'W3')).toMatchObject({ measured: 'not measured', isMet: false })
  })

  it('want the rate and its latency', () => {
    const rowOf = (acksPerSecond: number, ackP99: number) => {
      const ledger = new Ledger()
      ledger.add('W6, 1 member', 'parlor', { acksPerSecond, ackP99 })
      return judge(ledger).find((row) => row.workload === 'W6, 1 member')
    }
    expect(rowOf(12_100, 49)).toMatchObject({ isMet: true, measured: '12,100 /s, p99 49 ms' })
    expect(rowOf(12_100, 51)?.isMet).toBe(false)
    expect(rowOf(11_900, 40)?.isMet).toBe(false)
  })

  it('are not met by a run that lost or doubled anything', () => {
    const ledger = new Ledger()
    ledger.add('W1-busy', 'parlor', { p99: 10, usPerDelivery: 1, wrong: 0 })
    ledger.add('W1-busy', 'bun', { p99: 10, usPerDelivery: 10, wrong: 0 })
    expect(judge(ledger).filter((row) => row.isMet)).toHaveLength(2)
    ledger.add('W1-busy', 'parlor', { wrong: 1 }, ['1 deliveries missing'])
    const rows = judge(ledger).filter((row) => row.workload === 'W1-busy')
    expect(rows.map((row) => row.isMet)).toEqual([false, false])
    expect(rows[0]?.notes).toEqual(['parlor: 1 deliveries missing'])
  })

  it('are not met by a comparison with a run that went wrong', () => {
    const ledger = new Ledger()
    ledger.add('W1-busy', 'parlor', { p99: 10, usPerDelivery: 1 })
    ledger.add('W1-busy', 'bun', { usPerDelivery: 10, held: 0.9 }, ['it fell behind'])
    const rows = judge(ledger).filter((row) => row.workload === 'W1-busy')
    expect(rows.map((row) => row.isMet)).toEqual([false, true])
    expect(rows[0]?.notes).toEqual(['bun: it fell behind'])
  })
})
