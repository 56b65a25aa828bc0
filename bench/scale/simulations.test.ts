import { describe, expect, it } from 'vitest'
import { createRandom } from '../../tests/support/random.ts'
import { makePlan } from './plan.ts'
import { PROFILES, type Profile } from './profiles.ts'
import { simulateFanOut } from './simulate-fan-out.ts'
import { type Storm, type StormSeen, simulateStorm } from './simulate-storm.ts'
import { createConstants } from './testing.ts'

const [, team] = PROFILES as [Profile, Profile, Profile]
const constants = createConstants()

describe('the simulated fan-out', () => {
  const plan = { ...makePlan(team, 50_000, constants), nodes: 9 }

  it('is the same for the same seed, and another for another', () => {
    const play = (seed: number) => simulateFanOut(plan, constants, createRandom(seed))
    expect(play(1)).toEqual(play(1))
    expect(play(2)).not.toEqual(play(1))
  })

  it('loads the busiest node and shard above the mean, and not by much', () => {
    const seen = simulateFanOut({ ...plan, redisShards: 3 }, constants, createRandom(1))
    expect(seen.busiestNode).toBeGreaterThan(seen.nodeCores / 9)
    expect(seen.busiestNode).toBeLessThan((3 * seen.nodeCores) / 9)
    expect(seen.busiestShard).toBeGreaterThan(seen.redisCores / 3)
  })
})

describe('the simulated storm', () => {
  it('is the same for the same seed', () => {
    expect(play({})).toEqual(play({}))
  })

  it('[G12] brings everybody back, with less than two reads for each room and node', () => {
    const seen = play({})
    expect(seen.back).toBe(20_000)
    expect(seen.reads).toBeLessThan(2 * seen.placesOnNodes)
  })

  it('is let in at the pace of the gate', () => {
    // A node welcomes 5,000 a second with the whole of its core, and the gate gives it 70 % and a burst of a quarter.
    expect(play({ outageMs: 0 }).peakWelcomes).toBeLessThanOrEqual(2 * 3_500 * 1.25)
    expect(play({ outageMs: 0, hasGate: false }).peakWelcomes).toBeGreaterThan(2 * 3_500 * 1.25)
  })

  it('comes in waves without jitter', () => {
    expect(play({ hasJitter: false }).peakTries).toBeGreaterThan(3 * play({}).peakTries)
  })

  it('wastes work where a node queues for longer than a client waits', () => {
    const slow = { outageMs: 0, nodes: 1, hasGate: false }
    expect(play(slow, { connectUs: 2_000 }).gaveUp).toBeGreaterThan(0)
    expect(play(slow, { connectUs: 200 }).gaveUp).toBe(0)
  })

  it('lasts as long as the database reads', () => {
    const seen = play({ databaseCores: 1 }, { postgresReadUs: 5_000 })
    expect(seen.secondsToLive).toBeGreaterThan((seen.placesOnNodes * 5_000) / 1e6)
  })
})

function play(changed: Partial<Storm>, costs = {}): StormSeen {
  const built = { hasJitter: true, hasGate: true, remembers: true }
  const storm = { profile: team, clients: 20_000, nodes: 2, databaseCores: 8, outageMs: 60_000, ...built, ...changed }
  return simulateStorm(storm, createConstants(costs), createRandom(1))
}
