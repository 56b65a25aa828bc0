/** What the numbers were measured on, and how quiet it was. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { bunPath } from './server-process.ts'

/** CPU, memory, kernel and versions, as a list of lines. */
export function describeMachine(root: string): string[] {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const bun = execFileSync(bunPath(root), ['--version'], { encoding: 'utf8' }).trim()
  const versionOf = (name: string) =>
    (JSON.parse(readFileSync(`${root}/bench/node_modules/${name}/package.json`, 'utf8')) as { version: string }).version
  return [
    `${cpus().length} CPUs (${cpu?.model.trim()}), ${memory} GiB, Linux ${release().split('-')[0]}, loopback`,
    `Node ${process.versions.node} (SQLite ${process.versions.sqlite}), Bun ${bun}, Socket.IO ${versionOf('socket.io')}, ws ${versionOf('ws')}`,
  ]
}

/** The commit that is measured; says so if files differ from it. */
export function describeCommit(root: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'packages', 'bench', 'package-lock.json')
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ', with changes that are not committed' : ''}`
  } catch {
    return 'unknown: no git repository'
  }
}

/** The whole machine's CPU time so far, in ticks, from the first line of /proc/stat, and its load. */
export function readNoise(): Noise {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const ticks = line.split(/\s+/).slice(1, 9).map(Number)
  return {
    total: ticks.reduce((sum, value) => sum + value, 0),
    stolen: ticks[STEAL_FIELD] ?? 0,
    load: loadavg()[0] ?? 0,
  }
}

/** How much of the machine others had: the load before the run, and the share that its host took away during it. */
export function describeNoise(before: Noise, after: Noise): string {
  const stolen = (100 * (after.stolen - before.stolen)) / Math.max(1, after.total - before.total)
  return `load average ${before.load.toFixed(2)} before the run; the host took ${stolen.toFixed(1)} % of the CPU time during it`
}

/** user, nice, system, idle, iowait, irq, softirq, steal: proc_stat(5). */
const STEAL_FIELD = 7

// --- types ---

export interface Noise {
  total: number
  stolen: number
  load: number
}
