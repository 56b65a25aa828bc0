/** What both threads of the store have in common: open, answer one request after the other, close. */
import { parentPort, workerData } from 'node:worker_threads'
import { openError } from './open-error.ts'

/** Runs in the thread. `open` is called once; what it throws is told as a StoreError. */
export function serveThread(open: (options: ThreadOptions) => ThreadHandler): void {
  const port = parentPort
  if (!port) throw new Error('this file runs in a worker thread')
  const options = workerData as ThreadOptions
  let handler: ThreadHandler
  try {
    handler = open(options)
  } catch (error) {
    port.postMessage({ failed: openError(options.path, error).message } satisfies FromThread)
    return
  }
  port.on('message', (message: ToThread) => {
    if ('close' in message) {
      handler.close()
      port.close()
    } else port.postMessage({ id: message.id, answer: handler.answer(message.request) } satisfies FromThread)
  })
  port.postMessage({ ready: true } satisfies FromThread)
}

// --- types ---

export interface ThreadOptions {
  path: string
  startId: string
  /** How long to wait for a lock that somebody else holds, in ms. */
  busyTimeoutMs: number
}

export interface ThreadHandler {
  answer(request: unknown): unknown
  close(): void
}

export type ToThread = { id: number; request: unknown } | { close: true }
export type FromThread = { ready: true } | { failed: string } | { id: number; answer: unknown }
