/** Blocks are all that the page says in numbers: the plans, which take no time, and the simulations, which take some. */
import { createHash } from 'node:crypto'
import { createRandom } from '../../tests/support/random.ts'
import { type Found, findConstants, type Results } from './constants.ts'
import { runFanOuts } from './fan-outs.ts'
import type { Blocks } from './page.ts'
import { PROFILES, SIZES } from './profiles.ts'
import { RULES } from './rules.ts'
import { runStorms } from './storms.ts'
import {
  formatCeilings,
  formatConstants,
  formatCosts,
  formatFanOuts,
  formatModel,
  formatPlans,
  formatProfiles,
  formatRemedies,
  formatStorms,
  formatStormVerdicts,
} from './tables.ts'

export function makePlanBlocks(results: Results, sizes = SIZES): Blocks {
  const { list, values } = findConstants(results)
  const { command, date, commit } = results.bench
  const runs = Object.values(results.cluster?.runs ?? {})
  return {
    source: [`Written by \`${command}\` on ${date}; commit ${commit}.`, ...runs].map((run) => `- ${run}`),
    constants: formatConstants(list),
    model: formatModel(results, values),
    profiles: formatProfiles(),
    plans: formatPlans(values, sizes),
    costs: formatCosts(values, sizes),
    ceilings: formatCeilings(values, sizes),
    remedies: formatRemedies(),
  }
}

/** Plays everything. `isOff` counts the predictions that didn't hold. */
export function simulate(results: Results, seed = SEED): { blocks: Blocks; isOff: number } {
  const found = findConstants(results)
  const fanOuts = runFanOuts(found.values, createRandom, seed)
  const storms = runStorms(found.values, createRandom, seed)
  const verdicts = [...fanOuts, ...storms].flatMap((run) => run.verdicts)
  const blocks = {
    ...makeInputBlock(found, seed),
    'fan-out': formatFanOuts(fanOuts),
    storms: formatStorms(storms),
    'storm-verdicts': formatStormVerdicts(storms),
  }
  return { blocks, isOff: verdicts.filter(({ holds }) => !holds).length }
}

/** What the simulations on the page were made from: it tells without playing them whether they are those of today's plans. */
export function makeInputBlock({ values }: Found, seed = SEED): Blocks {
  const digest = createHash('sha256')
    .update(JSON.stringify([values, PROFILES, SIZES, RULES]))
    .digest('hex')
    .slice(0, 12)
  return { inputs: [`Seed ${seed}, inputs ${digest}.`] }
}

const SEED = 1
