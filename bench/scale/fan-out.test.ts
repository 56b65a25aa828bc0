import { describe, expect, it } from 'vitest'
import { countReached, sumFanOut } from './fan-out.ts'

describe('the fan-out', () => {
  it('reaches one node where there is one, and where there is one connection', () => {
    expect(countReached(1, 50)).toBe(1)
    expect(countReached(40, 1)).toBeCloseTo(1)
  })

  it('is the mean over every way to place the connections', () => {
    for (const [nodes, connections] of [
      [2, 3],
      [3, 2],
      [3, 4],
      [4, 5],
    ] as const) {
      const ways = listWays(nodes, connections)
      const mean = ways.reduce((sum, way) => sum + new Set(way).size, 0) / ways.length
      expect(countReached(nodes, connections)).toBeCloseTo(mean)
    }
  })

  it('adds up all rooms', () => {
    const rooms = [
      { count: 10, connections: 1, messagesPerSecond: 0.5 },
      { count: 2, connections: 100, messagesPerSecond: 3 },
    ]
    const sum = sumFanOut(rooms, 1)
    expect(sum).toMatchObject({ messages: 11, deliveries: 605, receives: 11, placesOnNodes: 12 })
    expect(sum.signals).toBe(0)
    // Rooms with news in the last 10 s once in 1.5 s, the others once in 3 s.
    const active = 10 * (1 - Math.exp(-5)) + 2 * (1 - Math.exp(-30))
    expect(sum.heads).toBeCloseTo(active / 1.5 + (12 - active) / 3)
  })

  it('adds what the nodes of a room say of who is there: each to all the others', () => {
    const sum = sumFanOut([{ count: 100, connections: 5_000, messagesPerSecond: 1 }], 4, 0.5)
    // 50 rooms on four nodes each: once in 10 s, and a question once in 30.
    expect(sum.signals).toBeCloseTo(200 / 10 + 200 / 30)
    expect(sum.signalReceives).toBeCloseTo(3 * sum.signals)
  })
})

/** Every way in which connections can be on nodes. */
function listWays(nodes: number, connections: number): number[][] {
  if (connections === 0) return [[]]
  const fewer = listWays(nodes, connections - 1)
  return Array.from({ length: nodes }, (_, node) => fewer.map((way) => [...way, node])).flat()
}
