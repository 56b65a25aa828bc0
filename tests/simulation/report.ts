/** Report: the page `docs/results/simulate.md`, which keeps what a long run came to. */
import { writeFileSync } from 'node:fs'
import { describeMachine, describeRun } from '../support/results.ts'
import type { SimulateOptions } from './options.ts'

export function writeReport(lines: readonly string[], { seconds, options }: ReportContext): void {
  writeFileSync(
    'docs/results/simulate.md',
    `# Simulation

${describeRun('npm run simulate --')}

- ${describeMachine()}
- ${options.jobs} processes, ${seconds} s.

What the schedules met, and the verdict ([what that means](../simulation.md)):

\`\`\`
${lines.join('\n')}
\`\`\`
`,
  )
}

// --- types ---

interface ReportContext {
  /** How long it took. */
  seconds: number
  options: SimulateOptions
}
