/** `npm run faults -- --seeded-bugs`: the proof of the checker. Each bug of `bugs/` is planted and has to be found. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refuse } from '../../support/command-line.ts'
import { describeMachine, describeRun } from '../../support/results.ts'
import { formatTable } from '../../support/text-table.ts'
import { type Trial, tryBug, type Verdict } from './trial.ts'

export const BUGS_FOLDER = join(import.meta.dirname, '../bugs')

/** Tries the sources as they are, which must be clean, then every bug, `jobs` at a time. The exit code. */
export async function runSeededBugs({ seed, jobs, bugs, isReported }: SeededBugsOptions): Promise<number> {
  const all = await listBugs()
  const unknown = bugs.find((bug) => !all.includes(bug))
  if (unknown !== undefined) refuse(`There is no bug ${unknown}. There are:\n${all.join('\n')}`)
  const files = all.filter((file) => bugs.length === 0 || bugs.includes(file))
  const rows = new Map<string, Row>()
  const controls = [
    ...(files.every(isOfCluster) ? [] : [CONTROL]),
    ...(files.some(isOfCluster) ? [CLUSTER_CONTROL] : []),
  ]
  const left = [...controls, ...files]
  const lane = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const patch = controls.includes(name) ? undefined : join(BUGS_FOLDER, name)
      const isCluster = isOfCluster(name) || name === CLUSTER_CONTROL
      const row = await tryBug(patch, { seed, jobs: EPISODES_AT_A_TIME, isCluster }).catch((error: unknown) => ({
        failed: error instanceof Error ? error.message : String(error),
      }))
      rows.set(name, row)
      console.log(`${name}: ${'failed' in row ? `failed: ${row.failed}` : describe(row)}`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))

  const shown = [...controls, ...files].map((name) => {
    const row = rows.get(name)
    if (!row || 'failed' in row) return [name, 'failed', '', 'failed', '']
    return [name, ...cells(row.campaign), ...('simulation' in row ? cells(row.simulation) : ['(one node only)', ''])]
  })
  const table = formatTable(HEAD, shown)
  const trials = files
    .map((name) => rows.get(name))
    .filter((row): row is Trial => row !== undefined && !('failed' in row))
  const caught = trials.filter(({ campaign, simulation }) => campaign ?? simulation).length
  const byCampaign = trials.filter(({ campaign }) => campaign).length
  const bySimulation = trials.filter(({ simulation }) => simulation).length
  const isClean = controls.every((name) => {
    const control = rows.get(name)
    return control !== undefined && !('failed' in control) && !control.campaign && !control.simulation
  })
  const lines = [
    ...(isClean ? [] : ['The sources without a bug are not clean: nothing above means anything.']),
    `seeded bugs: ${caught} of ${files.length} caught: ${byCampaign} of them by the campaign, ${bySimulation} by the simulation`,
  ]
  if (isReported) await writeReport(files.every(isOfCluster) ? 'seeded-bugs-cluster' : 'seeded-bugs', table, lines)
  console.log(`\n${table.join('\n')}\n\n${lines.join('\n')}`)
  return isClean && caught === files.length && files.length > 0 ? 0 : 1
}

/** The files of all bugs, by name: of one node, and in `cluster/` those that only several nodes can have. */
export async function listBugs(): Promise<string[]> {
  const files = await readdir(BUGS_FOLDER, { recursive: true })
  return files.filter((file) => file.endsWith('.patch')).sort()
}

function isOfCluster(bug: string): boolean {
  return bug.startsWith('cluster/')
}

/** Those of a cluster alone have a page of their own. */
async function writeReport(page: string, table: readonly string[], lines: readonly string[]): Promise<void> {
  await mkdir('docs/results', { recursive: true })
  await writeFile(
    `docs/results/${page}.md`,
    `# Seeded bugs

${describeRun('npm run faults --')}

- ${describeMachine()}
- Each bug is a patch of [tests/faults/bugs](../../tests/faults/bugs/README.md), planted in a copy of the sources.

${table.join('\n')}

\`\`\`
${lines.join('\n')}
\`\`\`
`,
  )
}

function describe(trial: Trial): string {
  const campaign = `campaign: ${say(trial.campaign)}`
  return 'simulation' in trial ? `${campaign}; simulation: ${say(trial.simulation)}` : campaign
}

function say(verdict: Verdict): string {
  return verdict ? `${verdict.rule} (${verdict.where})` : 'nothing'
}

function cells(verdict: Verdict): [string, string] {
  return verdict ? [verdict.rule, verdict.where] : ['nothing', '']
}

const CONTROL = '(no bug)'
const CLUSTER_CONTROL = '(no bug, in a cluster)'

const HEAD = ['bug', 'the campaign says', 'in', 'the simulation says', 'in']

/** In each bug's campaign. */
const EPISODES_AT_A_TIME = 3

// --- types ---

export interface SeededBugsOptions {
  /** Of each campaign's first episode. */
  seed: number
  /** Bugs at a time. */
  jobs: number
  /** Files; none for all of them. */
  bugs: readonly string[]
  /** Writes the page in `docs/results`. */
  isReported: boolean
}

type Row = Trial | { failed: string }
