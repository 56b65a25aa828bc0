/** Options of `npm run faults`. */
import { parseArgs } from 'node:util'
import { pickSeed } from '../../support/random.ts'
import type { Size } from './fault-kind.ts'
import { KINDS } from './kinds/index.ts'

/** Reads the command line. Ends the process with one line when it makes no sense. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      kind: { type: 'string', multiple: true, default: [] },
      episodes: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      jobs: { type: 'string', default: '3' },
      'until-first': { type: 'boolean', default: false },
      'seeded-bugs': { type: 'boolean', default: false },
      bug: { type: 'string', multiple: true, default: [] },
      logs: { type: 'string', default: '.reports/faults' },
      findings: { type: 'string' },
      report: { type: 'boolean', default: false },
    },
  })
  const kinds = values.kind.map((name) => {
    const kind = KINDS.find((one) => one.name === name)
    if (!kind) return refuse(`--kind is one of: ${KINDS.map((one) => one.name).join('; ')}`)
    return kind.name
  })
  const seed = readNumber('seed', values.seed)
  return {
    size: values.quick ? 'quick' : 'full',
    kinds,
    // A seed of a kind names one episode.
    episodes: readNumber('episodes', values.episodes) ?? (kinds.length > 0 && seed !== undefined ? 1 : undefined),
    seed: seed ?? pickSeed(),
    jobs: readNumber('jobs', values.jobs) ?? 1,
    minutes: readNumber('minutes', values.minutes),
    isUntilFirst: values['until-first'],
    isSeededBugs: values['seeded-bugs'],
    bugs: values.bug,
    logs: values.logs,
    findings: values.findings,
    isReported: values.report,
  }
}

function readNumber(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  return refuse(`--${name} is a whole number from 1`)
}

function refuse(line: string): never {
  console.error(line)
  process.exit(2)
}

// --- types ---

export interface Options {
  size: Size
  /** Names; none for all of them. */
  kinds: string[]
  /** Of each kind; undefined: as many as each kind says. */
  episodes: number | undefined
  /** Of the first episode; each later one has the next. */
  seed: number
  /** Episodes at a time. */
  jobs: number
  /** No episode begins after so many; undefined: until all have run. */
  minutes: number | undefined
  isUntilFirst: boolean
  isSeededBugs: boolean
  /** With `--seeded-bugs`: these files only. */
  bugs: string[]
  /** Where the logs of episodes with violations go. */
  logs: string
  /** A file for what was found, as JSON. */
  findings: string | undefined
  /** Writes the page in `docs/results`. */
  isReported: boolean
}
