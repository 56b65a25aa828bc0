/** Batch: schedules of consecutive seeds, one after the other in one process. */
import { createHash } from 'node:crypto'
import { runSchedule } from './run.ts'
import { createSchedule } from './schedule.ts'
import { Totals } from './totals.ts'

/** Runs the seeds from `first` on. `untilFirst`: no further than the first one that breaks. */
export async function runBatch({ first, count, untilFirst }: BatchOrder): Promise<BatchResult> {
  const totals = new Totals()
  const digest = createHash('sha256')
  const broken: Broken[] = []
  let ran = 0
  while (ran < count && !(untilFirst && broken.length > 0)) {
    const seed = first + ran
    const result = await runSchedule(createSchedule(seed))
    ran += 1
    totals.add(result.totals)
    digest.update(result.digest)
    const [problem] = result.problems
    if (problem !== undefined) broken.push({ seed, problem })
  }
  return { first, ran, counts: totals.counts, broken, digest: digest.digest('hex') }
}

// --- types ---

export interface BatchOrder {
  first: number
  count: number
  untilFirst: boolean
}

/** Plain data: it may come from another process. */
export interface BatchResult {
  first: number
  /** Seeds that were run. */
  ran: number
  counts: Totals['counts']
  broken: readonly Broken[]
  /** Of all that anybody got in any of them. */
  digest: string
}

export interface Broken {
  seed: number
  /** The first thing that went wrong. */
  problem: string
}
