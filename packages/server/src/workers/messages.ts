/** What the primary and its workers say to each other, beside what `prom-client` and Node say on the same channel. */

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
  /** To the worker that asked. Without a text, some worker didn't answer. */
  | { type: 'parlor:scraped'; id: number; text?: string }
