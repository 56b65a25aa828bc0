/** Options: what `npm run simulate` was asked for on the command line. */
import { availableParallelism } from 'node:os'
import { type OptionTable, readCommandLine, readWhole } from '../support/command-line.ts'

/** Reads the arguments. */
export function readOptions(args: readonly string[]): SimulateOptions {
  const values = readCommandLine('npm run simulate -- [options]', OPTIONS, args)
  const minutes = readWhole('minutes', values.minutes)
  const usual = minutes === undefined ? (values.seed === undefined ? USUAL_SCHEDULES : 1) : Number.MAX_SAFE_INTEGER
  return {
    first: readWhole('seed', values.seed) ?? 1,
    schedules: readWhole('schedules', values.schedules) ?? usual,
    jobs: readWhole('jobs', values.jobs) ?? availableParallelism(),
    minutes,
    untilFirst: values['until-first'],
    report: values.report,
  }
}

const OPTIONS = {
  seed: { type: 'string', help: 'the first one; alone, only that one [1]' },
  schedules: { type: 'string', help: 'how many [1,000]' },
  jobs: { type: 'string', help: 'processes [one for each core]' },
  minutes: { type: 'string', help: 'as many schedules as fit into so many' },
  'until-first': { type: 'boolean', default: false, help: 'ends with the first violation' },
  report: { type: 'boolean', default: false, help: 'writes docs/results/simulate.md' },
} as const satisfies OptionTable

/** A few seconds' worth, and enough to meet every kind of trouble. */
const USUAL_SCHEDULES = 1_000

// --- types ---

export interface SimulateOptions {
  /** The first seed. */
  first: number
  /** How many at most. */
  schedules: number
  /** Processes. */
  jobs: number
  /** No new ones are begun after so many minutes. */
  minutes: number | undefined
  /** Ends with the first violation. */
  untilFirst: boolean
  /** Writes `docs/results/simulate.md`. */
  report: boolean
}
