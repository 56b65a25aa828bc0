/** Trial: a short campaign and a short simulation of a copy of the sources, or a campaign of a cluster of it; each until the first violation. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ROOT } from '../../support/processes.ts'
import { SourceCopy } from './source-copy.ts'

/** Tries one bug, or (undefined) the sources as they are. The bug is a file whose contents nobody here looks at. */
export async function tryBug(patch: string | undefined, options: TrialOptions): Promise<Trial> {
  const copy = await SourceCopy.make()
  try {
    if (patch !== undefined) await copy.plant(patch)
    await copy.compile()
    const campaign = await runCampaign(copy, patch ? basename(patch, '.patch') : 'no-bug', options)
    // It knows one node only.
    if (options.isCluster) return { campaign }
    return { campaign, simulation: await runSimulation(copy) }
  } finally {
    await copy.remove()
  }
}

async function runCampaign(copy: SourceCopy, bug: string, { seed, jobs, isCluster }: TrialOptions): Promise<Verdict> {
  const findingsFile = join(copy.folder, 'findings.json')
  const { output } = await copy.runScript('tests/faults/campaign/main.ts', [
    ...['--quick', '--until-first', '--episodes', String(EPISODES), ...(isCluster ? ['--cluster'] : [])],
    ...['--seed', String(seed), '--jobs', String(jobs), '--findings', findingsFile],
    // What condemns the sources without a bug must be there to be looked into.
    ...['--logs', join(ROOT, '.reports/seeded-bugs', bug)],
  ])
  const text = await readFile(findingsFile, 'utf8').catch(() => undefined)
  if (text === undefined) throw new Error(`The campaign did not run:\n${output}`)
  const found = JSON.parse(text) as Finding[]
  const first = found.find(({ violations }) => violations.length > 0)
  const [violation] = first?.violations ?? []
  if (first && violation) {
    return { rule: `${violation.guarantee} ${violation.rule}`, where: `${first.kind}, seed ${first.seed}` }
  }
  const broken = found.find((one) => one.broken !== undefined)
  if (broken) throw new Error(`An episode could not be run to its end (${broken.kind}): ${broken.broken}`)
  return undefined
}

async function runSimulation(copy: SourceCopy): Promise<Verdict> {
  const { output, isGood } = await copy.runScript('tests/simulation/main.ts', [
    ...['--schedules', String(SCHEDULES), '--jobs', '1', '--until-first'],
  ])
  const [, seed, rule] = /seed (\d+) breaks:\s+(\S[^\n]*)/.exec(output) ?? []
  if (seed !== undefined && rule !== undefined) return { rule, where: `seed ${seed}` }
  if (!isGood) throw new Error(`The simulation did not run to its end:\n${output.slice(-2_000)}`)
  return undefined
}

/** Of each kind of fault. */
const EPISODES = 2

const SCHEDULES = 3_000

// --- types ---

export interface TrialOptions {
  /** Of the campaign's first episode. */
  seed: number
  /** Episodes at a time. */
  jobs: number
  /** It needs several nodes. */
  isCluster: boolean
}

/** What was violated, and where it was seen; undefined: nothing was. */
export type Verdict = { rule: string; where: string } | undefined

export interface Trial {
  campaign: Verdict
  /** Left out where it wasn't tried. */
  simulation?: Verdict
}

interface Finding {
  kind: string
  seed: number
  violations: { guarantee: string; rule: string }[]
  broken?: string
}
