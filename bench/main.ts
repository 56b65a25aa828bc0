/** `npm run bench`: Parlor against its peers, the same loads in one run; `-- --quick` takes at most ten minutes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PEERS } from './dialect.ts'
import { measureInstalled } from './footprint.ts'
import { prepare } from './install.ts'
import { Lab, type Shape } from './lab.ts'
import { Ledger } from './ledger.ts'
import { describeCommit, describeMachine, describeNoise, readNoise } from './machine.ts'
import { FULL, QUICK } from './plan.ts'
import { formatPage, formatTable } from './report.ts'
import { judge } from './targets.ts'
import { Workloads } from './workloads.ts'

const startedAt = performance.now()
const root = join(import.meta.dirname, '..')
const given = process.argv.slice(2)
const { values: options } = parseArgs({
  args: given,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
  },
})
const base = options.quick ? QUICK : FULL
const plan = {
  ...base,
  rounds: Number(options.rounds ?? base.rounds),
  measureMs: options.seconds ? Number(options.seconds) * 1000 : base.measureMs,
}
if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it runs on Linux only')

const oneRoom: Shape = { rooms: 1, members: 1_000, sendersPerRoom: 10 }
const manyRooms: Shape = { rooms: 200, members: 10, sendersPerRoom: 1 }
const solo: Shape = { rooms: 100, members: 1, sendersPerRoom: 1 }
const small: Shape = { rooms: 100, members: 10, sendersPerRoom: 1 }

prepare(root, say)
const before = readNoise()
const ledger = new Ledger()
const lab = new Lab(root, options.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`] : [])
const workloads = new Workloads({ lab, ledger, plan, say })

// Measured in every round, the peers taking turns.
const repeated: Record<string, () => Promise<void>> = {
  quiet: () => workloads.quiet(),
  fair: () => workloads.fair(manyRooms),
  w1: () => workloads.fixed('W1', plan.peers.w1, oneRoom, 50),
  busy: () => workloads.fixed('W1-busy', plan.peers.busy, oneRoom, 200),
  w2: () => workloads.fixed('W2', plan.peers.w2, manyRooms, 3_000),
  // A little above the targets, so that a rate that is held isn't missed by its last message.
  w6: async () => {
    await workloads.fixed('W6, 1 member', ['parlor'], solo, 12_200)
    await workloads.fixed('W6, 10 members', ['parlor'], small, 10_200)
  },
  w5: () => workloads.storm(),
}
const once: Record<string, () => Promise<void>> = {
  w3: () => workloads.maximum('W3', oneRoom, 250),
  'w2-max': () => workloads.maximum('W2-max', manyRooms, 100),
  w4: () => workloads.memory(),
}
const wanted = options.only?.split(',')
const isWanted = ([name]: [string, unknown]) => !wanted || wanted.includes(name)

for (const [name, measure] of Object.entries(once).filter(isWanted)) await timed(name, measure)
let rounds = 0
let longestMs = 0
while (rounds < plan.rounds && performance.now() - startedAt + longestMs < plan.budgetMs) {
  const roundAt = performance.now()
  workloads.round = rounds
  for (const [name, measure] of Object.entries(repeated).filter(isWanted))
    await timed(`round ${rounds + 1} of ${plan.rounds}, ${name}`, measure)
  longestMs = Math.max(longestMs, performance.now() - roundAt)
  rounds++
}
for (const peer of PEERS) ledger.add('idle', peer, { installedMiB: measureInstalled(root, peer) })

const rows = judge(ledger)
if (!wanted) {
  const context = {
    command: ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' '),
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: describeCommit(root),
    machine: describeMachine(root),
  }
  const page = formatPage(rows, ledger, {
    ...context,
    rounds: `${rounds} round${rounds === 1 ? '' : 's'} of ${plan.measureMs / 1000} s windows, the maxima and W4 once`,
    noise: describeNoise(before, readNoise()),
  })
  mkdirSync(join(root, 'docs', 'results'), { recursive: true })
  writeFileSync(join(root, 'docs', 'results', 'bench.md'), page)
  writeFileSync(
    join(root, 'docs', 'results', 'bench.json'),
    `${JSON.stringify({ ...context, medians: ledger }, undefined, 2)}\n`,
  )
  say('Written: docs/results/bench.md and bench.json. Now the plans: npm run scale -- --simulate --write')
}
for (const line of ['', ...formatTable(rows)]) console.log(line)
process.exit(0)

async function timed(name: string, measure: () => Promise<void>): Promise<void> {
  say(name)
  await measure()
}

/** One line of progress, with the seconds since the start. */
function say(line: string): void {
  console.log(`${String(Math.round((performance.now() - startedAt) / 1000)).padStart(4)} s  ${line}`)
}
