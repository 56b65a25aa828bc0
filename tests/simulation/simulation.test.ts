/** The quick slice of `npm run simulate`, and every seed that ever found a bug. */
import { expect, test } from 'vitest'
import { runSchedule } from './run.ts'
import { createSchedule, printSchedule } from './schedule.ts'

/** A few seconds' worth; the command runs as many as one likes. */
const SCHEDULES = 150

/** Far from the seeds that the command begins with. */
const FIRST_SEED = 1_000_000

test('G1-G7, G14: whatever breaks, nothing acknowledged is lost, doubled or reordered, and all see the same', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) await requireSound(seed)
}, 300_000)

test('a schedule gives the same result every time', async () => {
  const [one, other] = [await runSchedule(createSchedule(7)), await runSchedule(createSchedule(7))]
  expect(other).toEqual(one)
})

test.each([[122, 'G3: a session that a second read sets back behind what it has gets nothing twice']])(
  'seed %i: %s',
  requireSound,
  60_000,
)

async function requireSound(seed: number): Promise<void> {
  const schedule = createSchedule(seed)
  const { problems } = await runSchedule(schedule)
  expect(problems, `${printSchedule(schedule)}\nagain: npm run simulate -- --seed ${seed}`).toEqual([])
}
