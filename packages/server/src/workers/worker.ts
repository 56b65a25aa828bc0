/** The side of a worker: it ends when the primary says so, and its metrics are those of all workers. */
import cluster from 'node:cluster'
import type { Registry } from 'prom-client'
import { isWorkerMessage, type WorkerMessage } from './messages.ts'

/** Whether this process is a worker of `Workers`. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/** Lets this worker end by itself, as one that could not start must: until then the primary keeps it. */
export function leave(): void {
  cluster.worker?.disconnect()
}

/** Calls back when this worker is to end. If it is the only one, the others get its connections from then on. */
export function onStop(listener: () => void): void {
  // When all of them end, each goes on answering meanwhile, if only that it drains.
  process.on('message', (message) => {
    if (isWorkerMessage(message) && message.type === 'parlor:stop') listener()
  })
  // Whoever ends one worker gets a new one: so all can be replaced, one after the other.
  process.once('SIGTERM', () => {
    leave()
    listener()
  })
  // Ctrl-C in a terminal reaches every process of the group. The primary tells the workers.
  process.on('SIGINT', () => {})
}

/** Makes this process's metrics part of all workers'; the answer reads those. */
export function joinMetrics(own: Registry): () => Promise<string> {
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0
  process.on('message', (message) => {
    if (!isWorkerMessage(message)) return
    if (message.type === 'parlor:collect') void answer(message.id)
    else if (message.type === 'parlor:scraped') {
      waiting.get(message.id)?.(message.text)
      waiting.delete(message.id)
    }
  })
  const answer = async (id: number): Promise<void> => {
    say({ type: 'parlor:collected', id, metrics: await own.getMetricsAsJSON() })
  }
  return () => {
    // It has left the others, and drains.
    if (!process.connected) return own.metrics()
    const id = ++asked
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      say({ type: 'parlor:scrape', id })
    })
  }
}

/** The primary may be gone, and this process with it in a moment. */
function say(message: WorkerMessage): void {
  process.send?.(message, undefined, undefined, () => {})
}
