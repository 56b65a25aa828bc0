/** Two whole clients against a service and a network that do everything wrong that they may: then all is as it should be. */
import fc from 'fast-check'
import { test } from 'vitest'
import { ModelWorld } from './testing/model-world.ts'
import { ADA, BOB } from './testing/rows.ts'

/** Schedules per run of the suite; `SIMULATION_RUNS` and `SIMULATION_SEED` ask for more, or for one again. */
const RUNS = Number(process.env.SIMULATION_RUNS ?? 150)

test('[G2][G5][G6][G14] whatever breaks, clients end with the service’s rows, and every send with the truth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 10, max: 80 }), async (seed, steps) => {
      const world = new ModelWorld(seed, [ADA, BOB])
      for (let step = 0; step < steps; step++) await world.step()
      await world.heal()
      world.check()
    }),
    { numRuns: RUNS, ...(process.env.SIMULATION_SEED && { seed: Number(process.env.SIMULATION_SEED) }) },
  )
}, 600_000)
