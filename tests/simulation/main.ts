/** `npm run simulate`: random schedules against the real client and the real service, until one breaks a guarantee. */
import { parseArgs } from 'node:util'
import { runSchedule } from './run.ts'
import { createSchedule, printSchedule } from './schedule.ts'
import { shrink } from './shrink.ts'
import { KINDS, Totals } from './totals.ts'

/** Violations that are printed and made smaller. */
const SHOWN_VIOLATIONS = 3

/** As many schedules as always meet every kind of trouble. */
const FULL_RUN = 1_000

const { values } = parseArgs({ options: { schedules: { type: 'string' }, seed: { type: 'string' } } })
const count = readNumber('schedules', values.schedules, values.seed === undefined ? 1_000 : 1)
const first = readNumber('seed', values.seed, 1)

const totals = new Totals()
let violations = 0
for (let seed = first; seed < first + count; seed++) {
  const schedule = createSchedule(seed)
  const result = await runSchedule(schedule)
  totals.add(result.totals)
  const [problem] = result.problems
  if (problem === undefined) continue
  violations += 1
  // Every violation counts; a few in full are enough to read.
  if (violations > SHOWN_VIOLATIONS) continue
  console.log(`\nseed ${seed} breaks:\n  ${result.problems.join('\n  ')}`)
  console.log(`again: npm run simulate -- --seed ${seed}`)
  const shorter = await shrink(schedule, problem)
  const { problems } = await runSchedule(shorter)
  console.log(
    `with fewer actions:\n${printSchedule(shorter)}\nbreaks:\n  ${problems.join('\n  ')}\nfor regressions.ts:\n${JSON.stringify(shorter)}`,
  )
}

console.log(KINDS.map((kind) => `${String(totals.counts[kind]).padStart(9)} ${kind}`).join('\n'))
// A few schedules can't meet everything.
const missing = count >= FULL_RUN ? totals.missing() : []
if (missing.length > 0) console.log(`never happened: ${missing.join(', ')}`)
console.log(`simulate: ${count} schedules, ${violations} violations`)
process.exitCode = violations > 0 || missing.length > 0 ? 1 : 0

function readNumber(name: string, given: string | undefined, fallback: number): number {
  const value = given === undefined ? fallback : Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`--${name} is a whole number from 1`)
  process.exit(2)
}
