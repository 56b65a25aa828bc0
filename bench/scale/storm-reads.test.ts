import { describe, expect, it } from 'vitest'
import { StormReads, type StormReadsOptions } from './storm-reads.ts'

describe('reads of a storm', () => {
  it('are shared: one under way, and one for all who came meanwhile', () => {
    const reads = createReads({ remembers: false })
    expect(reads.open(0, 0, 100)).toBe(110)
    // It began before they came: they wait for the next.
    expect([reads.open(0, 0, 101), reads.open(0, 0, 102), reads.open(0, 0, 110)]).toEqual([120, 120, 120])
    expect(reads.open(0, 0, 111)).toBe(130)
    expect(reads.totals()).toMatchObject({ reads: 3, placesOnNodes: 1, headChecks: 0 })
  })

  it('are one for a small room on a node that remembers, and a check of heads for who comes later', () => {
    const reads = createReads({ remembers: true })
    expect(reads.open(0, 0, 100)).toBe(110)
    // After the read, one check for both.
    expect([reads.open(0, 0, 101), reads.open(0, 0, 102)]).toEqual([120, 120])
    expect(reads.totals()).toMatchObject({ reads: 1, headChecks: 1 })
  })

  it('are two for a large room: the second one brings the members along', () => {
    const reads = createReads({ remembers: true, roomSizes: Uint32Array.of(5_000) })
    for (let at = 100; at < 200; at++) reads.open(0, 0, at)
    expect(reads.totals().reads).toBe(2)
  })

  it('are those of each room on each node', () => {
    const reads = createReads({ nodes: 3, roomSizes: Uint32Array.of(10, 10) })
    for (const room of [0, 1]) for (const node of [0, 1, 2]) reads.open(room, node, 5)
    expect(reads.totals()).toMatchObject({ reads: 6, placesOnNodes: 6, peakReads: 6 })
  })

  it('queue where the database has more to do than it can', () => {
    const reads = createReads({ roomSizes: new Uint32Array(200).fill(10), readUs: 1_000, cores: 2 })
    const done = Array.from({ length: 200 }, (_, room) => reads.open(room, 0, 0))
    expect(done[0]).toBe(10)
    expect(done.at(-1)).toBe(100)
  })
})

function createReads(changed: Partial<StormReadsOptions>): StormReads {
  return new StormReads({
    roomSizes: Uint32Array.of(10),
    nodes: 1,
    readMs: 10,
    readUs: 100,
    cores: 1,
    remembers: true,
    ...changed,
  })
}
