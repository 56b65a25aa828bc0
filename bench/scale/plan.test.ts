import { describe, expect, it } from 'vitest'
import { findCeilings } from './ceilings.ts'
import type { Constants } from './constants.ts'
import { countGathered } from './load.ts'
import { makePlan } from './plan.ts'
import { PROFILES, type Profile, SIZES } from './profiles.ts'
import { createConstants } from './testing.ts'

const pairs: Profile = {
  name: 'pairs',
  what: 'two in each room',
  kinds: [{ name: 'pairs', share: 1, connections: 2, messagesPerMinute: 60 }],
  roomsPerConnection: 1,
  watched: 0,
  connectsPerHour: 0,
}

describe('a plan', () => {
  it('is the sum that one does by hand', () => {
    const plan = makePlan(pairs, 10_000, createConstants({ kernelKib: 0, roomKib: 0 }))
    // 5,000 rooms with a message a second, each for two; on two nodes a message reaches 1.5 of them.
    expect(plan).toMatchObject({ messages: 5_000, deliveries: 10_000, nodes: 2 })
    const reached = 1.5
    expect(plan.messageCores).toBeCloseTo((5_000 * (100 + 10 + reached * 20) + 10_000 * 5) / 1e6)
    expect(plan.redisCores).toBeCloseTo((5_000 * (6 + reached * 4)) / 1e6)
    expect(plan.needed.cpu).toBe(Math.ceil(plan.nodeCores / 0.6))
    // 5,000 messages of 1,000 bytes a second, for a third of which the day has its busiest hour.
    expect(plan.gibADay).toBeCloseTo((5_000 * 1_000 * 86_400) / 3 / 2 ** 30)
    // Two nodes with 2,500 messages a second each gather 25 of them into a commit.
    expect(plan.commits).toBeCloseTo(200)
    expect(plan.postgresCores).toBeCloseTo((200 * 200 + 5_000 * 50 + plan.heads) / 1e6)
  })

  it('has at least the nodes that it needs at that many, and never one too many', () => {
    const constants = createConstants()
    for (const profile of PROFILES) {
      for (const size of SIZES) {
        const { nodes, needed } = makePlan(profile, size, constants)
        expect(nodes).toBe(Math.max(2, needed.cpu, needed.memory, needed.storm))
      }
    }
  })

  it('grows with the service, and with each cost', () => {
    const nodesOf = (constants: Constants, size = 1_000_000) => makePlan(pairs, size, constants).nodes
    const base = nodesOf(createConstants())
    expect(nodesOf(createConstants(), 2_000_000)).toBeGreaterThan(base)
    expect(nodesOf(createConstants({ messageUs: 400 }))).toBeGreaterThan(base)
    expect(nodesOf(createConstants({ connectionKib: 4_000 }))).toBeGreaterThan(base)
    expect(nodesOf(createConstants({ connectUs: 50_000 }))).toBeGreaterThan(base)
  })

  it('pays per delivery less, the more people read a message', () => {
    const costs = [2, 20, 200].map((connections) => {
      const profile = { ...pairs, kinds: [{ name: '', share: 1, connections, messagesPerMinute: 60 }] }
      return makePlan(profile, 1_000_000, createConstants()).perMillion.machines
    })
    expect(costs).toEqual([...costs].sort((a, b) => b - a))
  })
})

it('a node that has little to do commits each message alone, and a busy one not more than 32', () => {
  expect(countGathered(50)).toBe(1)
  expect(countGathered(1_000)).toBeCloseTo(10)
  expect(countGathered(1_000_000)).toBeGreaterThan(30)
})

describe('the ceilings', () => {
  it('begin with the nearest', () => {
    const constants = createConstants()
    const uses = findCeilings(makePlan(pairs, 1_000_000, constants), constants)
    expect(uses.map(({ share }) => share)).toEqual(uses.map(({ share }) => share).sort((a, b) => b - a))
  })

  it('say what is too slow', () => {
    const nearestWith = (changed: Partial<Constants>) => {
      const constants = createConstants(changed)
      return findCeilings(makePlan(pairs, 100_000, constants), constants)[0]?.name
    }
    expect(nearestWith({ commitsPerSecond: 10 })).toBe('commits of the primary')
    expect(nearestWith({ postgresMessageUs: 50_000 })).toBe('CPU of the primary')
    expect(nearestWith({ postgresReadUs: 500_000 })).toBe('reads after an outage')
    expect(nearestWith({ receiveUs: 5_000, commitsPerSecond: 1e6, rowBytes: 1 })).toBe('receiving from the bus')
    expect(nearestWith({ redisReceiverUs: 10_000_000 })).toBe('the shard of the busiest room')
    expect(nearestWith({ rowBytes: 1_000_000 })).toBe('a year on one disk')
  })
})
