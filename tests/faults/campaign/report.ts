/** Report: the pages `docs/results/faults*.md`, which keep what a campaign came to. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeMachine, describeRun } from '../../support/results.ts'
import { kindsOf, type Options } from './options.ts'
import type { Totals } from './totals.ts'

export async function writeReport({ totals, options, lines, seconds }: ReportContext): Promise<void> {
  const suspended = wantedKinds(options).map(({ name, suspends }) => `- ${name}: ${suspends}.`)
  await mkdir('docs/results', { recursive: true })
  await writeFile(
    join('docs/results', pageOf(options)),
    `# Faults ${options.isCluster ? 'in a cluster' : 'on one node'}

${describeRun('npm run faults --')}

- ${describeMachine()}
- Seeds ${options.seed} to ${options.seed + totals.episodes - 1}, ${options.jobs} episodes at a time, ${seconds} s.

${totals.format().join('\n')}

An outcome is unknown when a try to send was never answered, or was answered with \`timeout\` or \`unavailable\`. It ended stored when the message is in the history in the end, by that try or by a later one under the same id; otherwise its sender took it back, or was gone without a device that kept it.

What the checker allows while a fault lasts:

${suspended.join('\n')}

\`\`\`
${lines.join('\n')}
\`\`\`
`,
  )
}

/** A run of one kind has a page of its own, beside that of all of them. */
function pageOf({ isCluster, kinds }: Options): string {
  const [only] = kinds.length === 1 ? kinds : []
  const parts = ['faults', isCluster && 'cluster', only?.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')]
  return `${parts.filter(Boolean).join('-')}.md`
}

function wantedKinds(options: Options) {
  return kindsOf(options).filter(({ name }) => options.kinds.length === 0 || options.kinds.includes(name))
}

// --- types ---

interface ReportContext {
  totals: Totals
  options: Options
  /** What the command says in the end. */
  lines: readonly string[]
  /** How long it took. */
  seconds: number
}
