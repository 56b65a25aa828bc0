/** `npm run simulate`: random schedules against the real client and the real service. See docs/simulation.md. */
import type { BatchOrder, Broken } from './batch.ts'
import { readOptions, type SimulateOptions } from './options.ts'
import { runOrders } from './pool.ts'
import { writeReport } from './report.ts'
import { runSchedule } from './run.ts'
import { createSchedule, printSchedule } from './schedule.ts'
import { shrink } from './shrink.ts'
import { Summary } from './summary.ts'

/** Violations that are explained and made smaller. */
const SHOWN_VIOLATIONS = 3

/** Half a second's worth: little is lost at the end, and the processes needn't talk much. */
const BATCH_SEEDS = 50

const PROGRESS_EVERY_MS = 15_000

const options = readOptions(process.argv.slice(2))
const startedAt = performance.now()
const summary = new Summary(options.first)
let toldAt = startedAt

for await (const result of runOrders(createOrders(options), options.jobs)) {
  summary.add(result)
  for (const { seed, problem } of result.broken) console.error(`seed ${seed} breaks: ${problem}`)
  tellProgress()
  if (options.untilFirst && summary.broken.length > 0) break
}
for (const broken of summary.broken.slice(0, SHOWN_VIOLATIONS)) await explain(broken)
const lines = summary.print()
if (options.report) writeReport(lines, { seconds: secondsSince(startedAt), options })
console.log(lines.join('\n'))
process.exitCode = summary.isGood ? 0 : 1

/** Batches of consecutive seeds, for as long as there is time. */
function* createOrders({ first, schedules, minutes, untilFirst }: SimulateOptions): Generator<BatchOrder> {
  const end = first + schedules
  for (let at = first; at < end; at += BATCH_SEEDS) {
    if (minutes !== undefined && secondsSince(startedAt) >= minutes * 60) return
    yield { first: at, count: Math.min(BATCH_SEEDS, end - at), untilFirst }
  }
}

/** The whole truth about a seed, and the shortest schedule that shows the same. */
async function explain({ seed, problem }: Broken): Promise<void> {
  const schedule = createSchedule(seed)
  const { problems } = await runSchedule(schedule)
  console.log(`\nseed ${seed} breaks:\n  ${problems.join('\n  ')}\nagain: npm run simulate -- --seed ${seed}`)
  const shorter = await shrink(schedule, problem)
  const left = await runSchedule(shorter)
  console.log(`with fewer actions:\n${printSchedule(shorter)}\nbreaks:\n  ${left.problems.join('\n  ')}`)
  console.log(`for regressions.ts:\n${JSON.stringify(shorter)}\n`)
}

/** On stderr: what is on stdout is the same for any number of processes. */
function tellProgress(): void {
  if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
  toldAt = performance.now()
  console.error(`${summary.ran} schedules, ${summary.broken.length} violations, ${secondsSince(startedAt)} s`)
}

function secondsSince(then: number): number {
  return Math.round((performance.now() - then) / 1000)
}
