/** Options of `npm run faults`. */
import { type OptionTable, readCommandLine, readWhole, refuse } from '../../support/command-line.ts'
import { pickSeed } from '../../support/random.ts'
import { CLUSTER_KINDS } from '../cluster/kinds/index.ts'
import type { AnyKind } from './campaign.ts'
import type { Size } from './fault-kind.ts'
import { KINDS } from './kinds/index.ts'

/** Reads the command line. */
export function readOptions(args: readonly string[] = process.argv.slice(2)): Options {
  const values = readCommandLine('npm run faults -- [options]', OPTIONS, args)
  const isCluster = values.cluster
  const known = kindsOf({ isCluster })
  const kinds = values.kind.map((name) => {
    const kind = known.find((one) => one.name === name)
    if (!kind) return refuse(`--kind is one of: ${known.map((one) => one.name).join('; ')}`)
    return kind.name
  })
  const seed = readWhole('seed', values.seed)
  return {
    size: values.quick ? 'quick' : 'full',
    kinds,
    isCluster,
    // A seed of a kind names one episode.
    episodes: readWhole('episodes', values.episodes) ?? (kinds.length > 0 && seed !== undefined ? 1 : undefined),
    seed: seed ?? pickSeed(),
    jobs: readWhole('jobs', values.jobs) ?? 1,
    minutes: readWhole('minutes', values.minutes),
    isUntilFirst: values['until-first'],
    isSeededBugs: values['seeded-bugs'],
    bugs: values.bug.map((name) => (name.endsWith('.patch') ? name : `${name}.patch`)),
    logs: values.logs,
    findings: values.findings,
    isReported: values.report,
  }
}

/** The kinds of fault that these options are about. */
export function kindsOf({ isCluster }: Pick<Options, 'isCluster'>): readonly AnyKind[] {
  return isCluster ? CLUSTER_KINDS : KINDS
}

const OPTIONS = {
  cluster: {
    type: 'boolean',
    default: false,
    help: 'three services on one PostgreSQL and one Redis, which are broken too',
  },
  quick: { type: 'boolean', default: false, help: 'a few episodes of each kind, as in CI' },
  kind: {
    type: 'string',
    multiple: true,
    default: [],
    value: 'NAME',
    help: 'only this kind of fault; may be repeated',
  },
  episodes: { type: 'string', help: 'of each kind; as many as each kind says if left out' },
  seed: { type: 'string', help: 'of the first episode; with --kind, that one episode' },
  minutes: { type: 'string', help: 'begins no episode after so many' },
  jobs: { type: 'string', default: '3', help: 'episodes at a time [3], or bugs' },
  'until-first': { type: 'boolean', default: false, help: 'ends with the first violation' },
  'seeded-bugs': {
    type: 'boolean',
    default: false,
    help: 'plants each bug of tests/faults/bugs, which has to be found',
  },
  bug: {
    type: 'string',
    multiple: true,
    default: [],
    value: 'NAME',
    help: 'with --seeded-bugs: only this one; may be repeated',
  },
  logs: {
    type: 'string',
    default: '.reports/faults',
    value: 'FOLDER',
    help: 'where logs with violations go [.reports/faults]',
  },
  findings: { type: 'string', value: 'FILE', help: 'writes what was found, as JSON' },
  report: { type: 'boolean', default: false, help: 'writes the page in docs/results' },
} as const satisfies OptionTable

// --- types ---

export interface Options {
  size: Size
  isCluster: boolean
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
