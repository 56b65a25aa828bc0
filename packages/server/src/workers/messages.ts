/** What the primary and its workers say to each other, beside what Node says on the same channel. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client'

/** Says whether a message is one of these. */
export function isWorkerMessage(message: unknown): message is WorkerMessage {
  const { type } = (message ?? {}) as { type?: unknown }
  return typeof type === 'string' && type.startsWith('parlor:')
}

// --- types ---

export type WorkerMessage =
  /** To a worker: drain and end. */
  | { type: 'parlor:stop' }
  /** To the primary: what would all workers answer a scrape? */
  | { type: 'parlor:scrape'; id: number }
  /** To the worker that asked. */
  | { type: 'parlor:scraped'; id: number; text: string }
  /** To each worker: what are your metrics? */
  | { type: 'parlor:collect'; id: number }
  /** To the primary. */
  | { type: 'parlor:collected'; id: number; metrics: MetricObjectWithValues<MetricValue<string>>[] }
