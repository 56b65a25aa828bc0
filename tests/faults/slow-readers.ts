/**
 * Slow readers (G9): some of very many sockets stop reading, while the others go on. Measured in one run, phase by phase:
 * what the others see, what the service holds, and whether the slow ones come back without loss.
 * `node --conditions=@parlor/source tests/faults/slow-readers.ts --rooms 100 --members 50 --slow 5`
 */
import { fork, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ask } from '../../bench/lab.ts'
import { ServerProcess } from '../../bench/server-process.ts'
import { summarize } from '../../bench/statistics.ts'
import { describeMachine, describeRun } from '../support/results.ts'
import type { PhaseAnswer, SlowOrder, WakeAnswer } from './slow-crowd.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Runs all phases against a service of its own; the packages must be built. */
export async function runSlowReaders(options: SlowReadersOptions): Promise<SlowReadersResult> {
  const { rooms, members, slowPerRoom, ratePerRoom, rounds, warmMs, measureMs, say } = options
  const secret = randomBytes(32).toString('base64')
  const server = await ServerProcess.start('parlor', { root: ROOT, secret })
  const generator = fork(join(import.meta.dirname, 'slow-crowd.ts'), { execArgv: [], serialization: 'advanced' })
  try {
    const shape = { port: server.port, secret, rooms, members, slowPerRoom, paddingChars: PADDING_CHARS }
    await ask<unknown, SlowOrder>(generator, { join: shape })
    const phases: Phase[] = []
    let wake: WakeAnswer = { closed: 0, missing: 0, skipped: 0, repeated: 0, problems: [] }
    let closed = 0
    for (let at = 0; at < 2 * rounds + 1; at++) {
      const isSlow = at % 2 === 1
      const watch = watchService(server)
      const answer = await ask<PhaseAnswer, SlowOrder>(generator, { run: { isSlow, ratePerRoom, warmMs, measureMs } })
      const phase = { isSlow, ...answer, ...(await watch.stop()) }
      phases.push(phase)
      say?.(rowOf(phase))
      if (!isSlow) continue
      wake = await ask<WakeAnswer, SlowOrder>(generator, { wake: true })
      closed += wake.closed
    }
    const metrics = await readMetrics(server)
    const closedAsSlow = Number(/parlor_closes_total\{reason="slow"\} (\d+)/.exec(metrics)?.[1] ?? 0)
    return summarizeRun(options, phases, { ...wake, closed }, closedAsSlow)
  } finally {
    generator.kill('SIGKILL')
    await server.stop()
  }
}

/** The table of a run, and whether it keeps what G9 says. */
export function reportSlowReaders(result: SlowReadersResult): string {
  const { quick, slow, ratio, addedMiB, budgetMiB, closedAsSlow, closed, problems } = result
  const missed = `missing ${result.missing}, skipped ${result.skipped}, doubled or out of order ${result.repeated}`
  return [
    `medians of the others, in ms: all read p50 ${ms(quick.p50)} p99 ${ms(quick.p99)}, some don't p50 ${ms(slow.p50)} p99 ${ms(slow.p99)}`,
    `p99 with slow readers / in the phases around, median of ${result.phases.filter(({ isSlow }) => isSlow).length}: ${ratio.toFixed(3)} (at most 1.1)`,
    `memory that slow readers added: ${addedMiB.toFixed(0)} MiB, budget ${budgetMiB.toFixed(0)} MiB`,
    `closed with 4430: ${closedAsSlow}; came back over a new connection: ${closed}`,
    `after all had come back: ${missed}`,
    ...problems.map((problem) => `problem: ${problem}`),
    `slow readers: ${result.violations.length === 0 ? 'kept' : result.violations.join('; ')}`,
  ].join('\n')
}

function summarizeRun(
  { rooms, slowPerRoom }: SlowReadersOptions,
  phases: readonly Phase[],
  wake: WakeAnswer,
  closedAsSlow: number,
): SlowReadersResult {
  const medians = (isSlow: boolean) => {
    const some = phases.filter((phase) => phase.isSlow === isSlow)
    return { p50: summarize(some.map(({ p50 }) => p50)).median, p99: summarize(some.map(({ p99 }) => p99)).median }
  }
  const [quick, slow] = [medians(false), medians(true)]
  // More than in the phase before, in which all read.
  const addedMiB = Math.max(
    ...phases.map(({ isSlow, rssMiB }, at) => (isSlow ? rssMiB - (phases[at - 1]?.rssMiB ?? 0) : 0)),
  )
  // What may wait for one socket is at most the bound and one frame beyond it; in fact frames are shared by a room.
  const budgetMiB = (rooms * slowPerRoom * (QUEUE_BYTES + FRAME_BYTES)) / MIB
  // Against the phases before and after, so that a machine that is slow for a minute counts on both sides.
  const p99At = (at: number): number => phases[at]?.p99 ?? Number.NaN
  const ratios = phases.flatMap(({ isSlow, p99 }, at) => (isSlow ? [(2 * p99) / (p99At(at - 1) + p99At(at + 1))] : []))
  const ratio = summarize(ratios).median
  const violations = [
    ...(ratio > 1.1 ? [`the others' p99 moved to ${ratio.toFixed(2)} of what it was`] : []),
    ...(addedMiB > budgetMiB ? ['the memory is over its budget'] : []),
    ...(wake.missing + wake.skipped + wake.repeated > 0 ? ['messages were lost, doubled or reordered'] : []),
    ...(closedAsSlow === 0 ? ['nobody was closed: the run was too short to fill a socket'] : []),
    ...wake.problems,
  ]
  return { phases, quick, slow, ratio, addedMiB, budgetMiB, closedAsSlow, ...wake, violations }
}

/** Looks at the service twice a second until it is stopped: the most that it held. */
function watchService(server: ServerProcess) {
  let rssMiB = 0
  let queuedMiB = 0
  const look = async () => {
    rssMiB = Math.max(
      rssMiB,
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024,
    )
    const queued = /^parlor_queued_bytes (\d+)/m.exec(await readMetrics(server))?.[1]
    queuedMiB = Math.max(queuedMiB, Number(queued) / MIB)
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, 2_000)
  return {
    async stop() {
      clearInterval(timer)
      await looking
      await look()
      return { rssMiB, queuedMiB }
    },
  }
}

async function readMetrics(server: ServerProcess): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
}

function rowOf({ isSlow, p50, p99, rssMiB, queuedMiB, deliveries }: Phase): string {
  const [memory, queued] = [rssMiB, queuedMiB].map((mib) => `${mib.toFixed(0)} MiB`)
  const name = isSlow ? "some don't read" : 'all read'
  return `${name.padEnd(16)} p50 ${ms(p50)} ms  p99 ${ms(p99)} ms  ${deliveries} deliveries  memory ${memory}  waiting ${queued}`
}

function ms(value: number): string {
  return value.toFixed(2).padStart(7)
}

/** A message of some 4 KB: a reader that stops fills the kernel's buffers within a phase. */
const PADDING_CHARS = 3_800

/** As the service has it unless it is told otherwise. */
const QUEUE_BYTES = 1_048_576

/** The largest frame of a flush that is beyond the bound: a page or a range, or what one room has gathered. */
const FRAME_BYTES = 65_536

const MIB = 1_048_576

/**
 * The kernel holds some 4 MB for each socket of a machine's loopback, where packets are 64 KB large and buffers grow with
 * what was read before. So that the service has something to hold in a minute, the run makes a loopback of its own, with
 * packets as large as on a network and the kernel's buffers at 64 KB each, where it may (as root, on Linux).
 */
function runWithNetworkOfItsOwn(): boolean {
  if (process.env.PARLOR_OWN_LOOPBACK) return false
  if (spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'mtu', '1500', 'up']).status !== 0) {
    console.log(
      'no loopback of its own (unshare -n): the kernel takes some 4 MB for a socket before the service holds any',
    )
    return false
  }
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const buffers = ['rmem', 'wmem'].map((name) => `echo "4096 16384 65536" > /proc/sys/net/ipv4/tcp_${name}`)
  const script = `ip link set lo mtu 1500 up && ${buffers.join(' && ')} && exec "$@"`
  const env = { ...process.env, PARLOR_OWN_LOOPBACK: '1' }
  const { status } = spawnSync('unshare', ['-n', 'sh', '-c', script, 'sh', ...again], { stdio: 'inherit', env })
  process.exitCode = status ?? 1
  return true
}

function writePage(lines: readonly string[]): void {
  writeFileSync(
    join(ROOT, 'docs/results/slow-readers.md'),
    `# Slow readers

${describeRun('node tests/faults/slow-readers.ts')}

- ${describeMachine()}
- The phases alternate; in some of them a tenth of the sockets reads nothing. Times are of those who read, from the time at which a message was due.

\`\`\`
${lines.join('\n')}
\`\`\`
`,
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rooms: { type: 'string', default: '100' },
      members: { type: 'string', default: '50' },
      slow: { type: 'string', default: '5' },
      rate: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '4' },
      'measure-ms': { type: 'string', default: '35000' },
      report: { type: 'boolean', default: false },
    },
  })
  const phases: string[] = []
  const say = (line: string): void => {
    console.log(line)
    phases.push(line)
  }
  const result = await runSlowReaders({
    rooms: Number(values.rooms),
    members: Number(values.members),
    slowPerRoom: Number(values.slow),
    ratePerRoom: Number(values.rate),
    rounds: Number(values.rounds),
    warmMs: 5_000,
    measureMs: Number(values['measure-ms']),
    say,
  })
  const verdict = reportSlowReaders(result)
  console.log(verdict)
  if (values.report) writePage([...phases, verdict])
  process.exitCode = result.violations.length > 0 ? 1 : 0
}

if (import.meta.main && !runWithNetworkOfItsOwn()) await main()

// --- types ---

export interface SlowReadersOptions {
  rooms: number
  /** Connections in each room, and how many of them stop reading. */
  members: number
  slowPerRoom: number
  /** Messages per second in each room. */
  ratePerRoom: number
  /** Phases in which some don't read; before, between and after them, all do. */
  rounds: number
  warmMs: number
  measureMs: number
  /** Told each phase when it is over. */
  say?: (line: string) => void
}

export interface SlowReadersResult extends WakeAnswer {
  phases: readonly Phase[]
  /** Medians over the phases, of those who read. */
  quick: { p50: number; p99: number }
  slow: { p50: number; p99: number }
  /** Of the two p99. */
  ratio: number
  /** The most memory that a phase with slow readers took beyond the one before, and what it may: all queues full. */
  addedMiB: number
  budgetMiB: number
  closedAsSlow: number
  /** What G9 doesn't allow; empty if it held. */
  violations: string[]
}

interface Phase extends PhaseAnswer {
  isSlow: boolean
  /** The most that the service's process had, and that waited in it for clients. */
  rssMiB: number
  queuedMiB: number
}
