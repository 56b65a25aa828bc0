/** What one fdatasync costs on the disk that the database is on: the floor of every durable answer. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Pace } from './pace.ts'
import { Histogram } from './statistics.ts'

/** Appends a little and syncs, at a fixed rate; the median and the 99th percentile of the sync alone, in ms. */
export async function measureSync({ folder, rate, measureMs }: SyncOptions): Promise<SyncResult> {
  const path = join(folder, 'fdatasync.probe')
  const file = openSync(path, 'w')
  const took = new Histogram()
  const record = Buffer.alloc(RECORD_BYTES, 'x')
  try {
    const startedAt = performance.now()
    await new Pace(rate, true).run(startedAt, [{ at: startedAt + measureMs, act: () => {} }], () => {
      writeSync(file, record)
      const before = performance.now()
      fdatasyncSync(file)
      took.record(performance.now() - before)
    })
  } finally {
    closeSync(file)
    rmSync(path)
  }
  return { count: took.count, p50: took.percentile(0.5), p99: took.percentile(0.99) }
}

/** About a message's row. */
const RECORD_BYTES = 160

// --- types ---

export interface SyncOptions {
  /** On the disk to be measured. */
  folder: string
  rate: number
  measureMs: number
}

export interface SyncResult {
  count: number
  p50: number
  p99: number
}
