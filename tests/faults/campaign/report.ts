/** Report: the page `docs/results/faults.md`, which keeps what a campaign came to. */
import { mkdir, writeFile } from 'node:fs/promises'
import { describeMachine, describeRun } from '../../support/results.ts'
import { kindsOf, type Options } from './options.ts'
import type { Totals } from './totals.ts'

export async function writeReport({ totals, options, lines, seconds }: ReportContext): Promise<void> {
  const suspended = kindsOf(options).map(({ name, suspends }) => `- ${name}: ${suspends}.`)
  await mkdir('docs/results', { recursive: true })
  await writeFile(
    options.isCluster ? 'docs/results/faults-cluster.md' : 'docs/results/faults.md',
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

// --- types ---

interface ReportContext {
  totals: Totals
  options: Options
  /** What the command says in the end. */
  lines: readonly string[]
  /** How long it took. */
  seconds: number
}
