/** Report: the page `docs/results/simulate.md`, which keeps what a long run came to. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import type { SimulateOptions } from './options.ts'

export function writeReport(lines: readonly string[], { seconds, options }: ReportContext): void {
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ')
  writeFileSync(
    'docs/results/simulate.md',
    `# Simulation

Written by \`npm run simulate -- ${process.argv.slice(2).join(' ')}\` on ${date} (UTC); commit ${describeCommit()}.

- ${describeMachine()}
- ${options.jobs} processes, ${seconds} s.

What the schedules met, and the verdict ([what that means](../simulation.md)):

\`\`\`
${lines.join('\n')}
\`\`\`
`,
  )
}

function describeMachine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} CPUs (${cpu?.model.trim()}), ${memory} GiB, ${process.platform} ${release().split('-')[0]}, Node ${process.versions.node}`
}

/** The commit that was run; says so if files differ from it. */
function describeCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'packages', 'tests', 'package-lock.json')
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ', with changes that are not committed' : ''}`
  } catch {
    return 'unknown: no git repository'
  }
}

// --- types ---

interface ReportContext {
  /** How long it took. */
  seconds: number
  options: SimulateOptions
}
