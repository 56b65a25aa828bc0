import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Spent } from './bus.ts'
import { SharedRates } from './shared-rates.ts'

const RATE = { perSecond: 5, burst: 10 }

/** Nodes that hear each other after so many ms, unless they are apart. */
function createNodes(count: number, delayMs = 5) {
  let now = 0
  const timers: { at: number; callback: () => void }[] = []
  const after = (ms: number, callback: () => void) => {
    timers.push({ at: now + ms, callback })
    return { stop: () => {} }
  }
  const clock = { now: () => now, elapsed: () => now, after, soon: (callback: () => void) => void after(0, callback) }
  const listeners: ((spent: Spent) => void)[] = []
  const told: Spent[] = []
  const world = { areApart: false, told }
  const nodes = Array.from({ length: count }, (_, own) => {
    const tellSpent = (spent: Spent) => {
      told.push(spent)
      if (world.areApart) return
      for (const [at, hear] of listeners.entries()) if (at !== own) after(delayMs, () => hear(spent))
    }
    const bus = { tellSpent, onSpent: (listener: (spent: Spent) => void) => void listeners.push(listener) }
    return new SharedRates({ clock, bus, users: RATE, rooms: { perSecond: 50, burst: 50 } })
  })
  const pass = (ms: number) => {
    const end = now + ms
    for (;;) {
      timers.sort((one, other) => one.at - other.at)
      if (!timers[0] || timers[0].at > end) break
      const [{ at, callback }] = timers.splice(0, 1) as [(typeof timers)[0]]
      now = at
      callback()
    }
    now = end
  }
  /** So many tries on each node. */
  const tryAll = (times = 1) => {
    let taken = 0
    for (let round = 0; round < times; round++) for (const node of nodes) if (node.users.take('ann') === 0) taken++
    return taken
  }
  return Object.assign(world, { nodes, pass, tryAll })
}

describe('[LIMIT-7] rates over nodes', () => {
  test('what was spent on one node counts on the others a moment later', () => {
    const { nodes, pass } = createNodes(2)
    for (let sent = 0; sent < 10; sent++) expect(nodes[0]?.users.take('ann')).toBe(0)
    expect(nodes[1]?.users.take('bo')).toBe(0)
    pass(105)
    // The first of them was quiet. One of ten is left, and a half has come back.
    expect([nodes[1]?.users.take('ann'), nodes[1]?.users.take('ann')]).toEqual([0, expect.any(Number)])
    expect(nodes[1]?.users.take('bo')).toBe(0)
  })

  test('nodes that can’t tell each other allow no more than each its own limit', () => {
    const world = createNodes(3)
    world.areApart = true
    let taken = 0
    for (let ms = 0; ms < 60_000; ms += 50) {
      taken += world.tryAll()
      world.pass(50)
    }
    expect(taken).toBeLessThanOrEqual(3 * (10 + 5 * 60))
    expect(taken).toBeGreaterThan(3 * 5 * 60)
  })

  test('who writes slowly is told to nobody', () => {
    const { nodes, pass, told } = createNodes(2)
    for (let minute = 0; minute < 10; minute++) {
      expect(nodes[0]?.users.take('ann')).toBe(0)
      pass(2_000)
    }
    expect(told).toEqual([])
  })

  test('whatever is tried on whichever nodes, no more is taken than the bound says', () => {
    const trial = fc.record({ node: fc.nat(9), tries: fc.integer({ min: 1, max: 30 }), pauseMs: fc.nat(5_000) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(trial, { maxLength: 150 }), (count, trials) => {
        const { nodes, pass } = createNodes(count)
        let taken = 0
        let seconds = 0
        for (const { node, tries, pauseMs } of trials) {
          for (let at = 0; at < tries; at++) if (nodes[node % count]?.users.take('ann') === 0) taken++
          pass(pauseMs)
          seconds += pauseMs / 1000
          expect(taken).toBeLessThanOrEqual(bound(count, seconds))
        }
      }),
    )
  })

  test('who uses all nodes as fast as they can gets no more than the bound, and no less than one limit', () => {
    for (const count of [2, 3, 10]) {
      const { pass, tryAll } = createNodes(count)
      let taken = 0
      for (let ms = 0; ms < 120_000; ms += 20) {
        taken += tryAll(20)
        pass(20)
      }
      expect(taken).toBeLessThanOrEqual(bound(count, 120))
      expect(taken).toBeGreaterThanOrEqual(5 * 120)
    }
  })

  test('who was paused and hears all of it at once lets nobody wait for ever', () => {
    const { nodes, pass } = createNodes(2)
    nodes[1]?.users.owe('ann', 100_000)
    pass(20_000)
    expect(nodes[1]?.users.take('ann')).toBe(0)
  })
})

/** At first each node allows a burst; from then on all together one limit, and what the others don't tell: a tenth each. */
function bound(nodes: number, seconds: number): number {
  return nodes * RATE.burst + RATE.perSecond * seconds * (1 + (nodes - 1) / 10) + nodes
}
