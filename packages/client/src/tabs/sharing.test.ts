/** Whole clients in several tabs over one connection, against a service that does everything wrong that it may. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ModelWorld } from '../testing/model-world.ts'
import { ADA, BOB } from '../testing/rows.ts'

/** As in simulation.test.ts. */
const RUNS = Number(process.env.SIMULATION_RUNS ?? 150)

test('[G2][G5][G6][G14] tabs that share a connection end like those that don’t, whichever of them dies', async () => {
  let handovers = 0
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 10, max: 80 }), async (seed, steps) => {
      const world = new ModelWorld(seed, [ADA, ADA, BOB, ADA], true)
      for (let step = 0; step < steps; step++) await world.step()
      await world.heal()
      expect(world.connected).toBe(2)
      world.check()
      handovers += world.handovers
    }),
    { numRuns: RUNS, ...(process.env.SIMULATION_SEED && { seed: Number(process.env.SIMULATION_SEED) }) },
  )
  expect(handovers).toBeGreaterThan(RUNS / 2)
}, 600_000)
