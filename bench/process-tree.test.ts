import { describe, expect, it } from 'vitest'
import { parseStat, readCpu, readMemoryKiB } from './process-tree.ts'

describe('the account of a process tree', () => {
  it('finds user and system time, also of ended children, behind a name with spaces and brackets', () => {
    const line = '42 (a ) b) S 1 42 42 0 -1 4194560 9 0 0 0 250 31 7 7 20 0 1 0 100 200 300'
    expect(parseStat(line)).toEqual({ userMs: 2570, systemMs: 380 })
  })

  it.runIf(process.platform === 'linux')('grows when the process works', () => {
    const before = readCpu(process.pid)
    const sumOf = ({ userMs, systemMs }: { userMs: number; systemMs: number }) => userMs + systemMs
    while (process.cpuUsage().user / 1000 < before.userMs + 50) Math.sqrt(2)
    expect(sumOf(readCpu(process.pid))).toBeGreaterThan(sumOf(before))
    expect(readMemoryKiB(process.pid)).toBeGreaterThan(1_000)
  })
})
