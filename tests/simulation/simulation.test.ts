/** The quick slice of `npm run simulate`, and every schedule that ever found a bug. */
import { expect, test } from 'vitest'
import type { BatchOrder, BatchResult } from './batch.ts'
import { runOrders } from './pool.ts'
import { REGRESSIONS } from './regressions.ts'
import { runSchedule } from './run.ts'
import { createSchedule, printSchedule, type Schedule } from './schedule.ts'

/** A few seconds' worth; the command runs as many as one likes. */
const SCHEDULES = 200

/** Far from the seeds that the command begins with. */
const FIRST_SEED = 1_000_000

test('G1-G7, G10, G14: whatever breaks, nothing acknowledged is lost, doubled or reordered, and all see the same', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) await requireSound(createSchedule(seed))
}, 300_000)

test('a schedule gives the same result every time', async () => {
  const [one, other] = [await runSchedule(createSchedule(7)), await runSchedule(createSchedule(7))]
  expect(other).toEqual(one)
})

test('any number of processes gives the same result, in the order of the seeds', async () => {
  const orders = [1, 11, 21, 31].map((first) => ({ first, count: 10, untilFirst: false }))
  const [one, other] = [await collect(orders, 1), await collect(orders, 3)]
  expect(one.map(({ first, ran }) => [first, ran])).toEqual(orders.map(({ first, count }) => [first, count]))
  expect(other).toEqual(one)
}, 300_000)

test.each(REGRESSIONS)('$about', ({ schedule }) => requireSound(schedule), 300_000)

async function collect(orders: readonly BatchOrder[], jobs: number): Promise<BatchResult[]> {
  const results: BatchResult[] = []
  for await (const result of runOrders(orders.values(), jobs)) results.push(result)
  return results
}

async function requireSound(schedule: Schedule): Promise<void> {
  const { problems } = await runSchedule(schedule)
  expect(problems, `${printSchedule(schedule)}\nagain: npm run simulate -- --seed ${schedule.seed}`).toEqual([])
}
