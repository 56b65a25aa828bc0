/** What the numbers were measured on, and how quiet it was. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { readCpu, TICK_MS } from './process-tree.ts'
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

/** The whole machine's CPU time so far, in ms, from the first line of /proc/stat, and what of it was our own; its load. */
export function readNoise(): Noise {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const times = line
    .split(/\s+/)
    .slice(1, 9)
    .map((ticks) => Number(ticks) * TICK_MS)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const own = readCpu(process.pid)
  return {
    total: sum(times),
    busy: sum(times) - sum(UNUSED_FIELDS.map((field) => times[field] ?? 0)),
    own: own.userMs + own.systemMs,
    stolen: times[STEAL_FIELD] ?? 0,
    load: loadavg()[0] ?? 0,
  }
}

/** How much of the machine others had: the load before the run, and their share of the CPU time during it. */
export function describeNoise(before: Noise, after: Noise): string {
  const percent = (read: (noise: Noise) => number) =>
    ((100 * (read(after) - read(before))) / Math.max(1, after.total - before.total)).toFixed(1)
  const others = percent(({ busy, own }) => busy - own)
  const stolen = percent((noise) => noise.stolen)
  return `load average ${before.load.toFixed(2)} before the run; other processes and the kernel's own threads took ${others} % of the CPU time during it, the host ${stolen} %`
}

/** user, nice, system, idle, iowait, irq, softirq, steal: proc_stat(5). */
const STEAL_FIELD = 7
/** Idle, waiting for the disk, and gone: nobody here ran. */
const UNUSED_FIELDS = [3, 4, STEAL_FIELD]

// --- types ---

export interface Noise {
  total: number
  busy: number
  own: number
  stolen: number
  load: number
}
