/** Options: what `npm run simulate` was asked for on the command line. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** Reads the arguments; a wrong one ends the process with a line that says what to write. */
export function readOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const minutes = values.minutes === undefined ? undefined : readNumber('minutes', values.minutes)
  const usual = minutes === undefined ? (values.seed === undefined ? USUAL_SCHEDULES : 1) : Number.MAX_SAFE_INTEGER
  return {
    first: readNumber('seed', values.seed ?? '1'),
    schedules: values.schedules === undefined ? usual : readNumber('schedules', values.schedules),
    jobs: values.jobs === undefined ? availableParallelism() : readNumber('jobs', values.jobs),
    minutes,
    untilFirst: values['until-first'],
    report: values.report,
  }
}

function readNumber(name: string, given: string): number {
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`--${name} is a whole number from 1`)
  process.exit(2)
}

const OPTIONS = {
  seed: { type: 'string' },
  schedules: { type: 'string' },
  jobs: { type: 'string' },
  minutes: { type: 'string' },
  'until-first': { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
} as const

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
