/** Results: what a page of docs/results says of how its numbers came about. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** The first sentence of such a page. `command`: as a person types it. */
export function describeRun(command: string): string {
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ')
  return `Written by \`${[command, ...process.argv.slice(2)].join(' ')}\` on ${date} (UTC); commit ${describeCommit()}.`
}

export function describeMachine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} CPUs (${cpu?.model.trim()}), ${memory} GiB, ${process.platform} ${release().split('-')[0]}, Node ${process.versions.node}`
}

/** The commit that was run; says so if files differ from it. */
function describeCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'packages', 'tests', 'bench', 'package-lock.json')
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ', with changes that are not committed' : ''}`
  } catch {
    return 'unknown: no git repository'
  }
}
