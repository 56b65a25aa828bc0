/**
 * The connection that is on its way to a worker: `node:cluster` keeps it open until the worker has said that it took it, for
 * ever if the worker was killed before. Then it is closed here, so that whoever waits on it comes again at once.
 */
import type { Worker } from 'node:cluster'

/** To be called before the worker gets its first connection. They come one at a time, so the last one is all there is. */
export function closeInTransit(worker: Worker): void {
  const child = worker.process
  const send = child.send.bind(child) as Send
  let last: Handle | undefined
  const remember: Send = (message, ...rest) => {
    // What else may follow a message is a callback.
    if (isHandle(rest[0])) last = rest[0]
    return send(message, ...rest)
  }
  child.send = remember as typeof child.send
  // Those that were taken are closed already; closing them again does nothing. What a leaving one refused is another's by now.
  child.once('exit', () => {
    if (!worker.exitedAfterDisconnect) last?.close()
  })
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'close' in value
}

// --- types ---

type Send = (message: unknown, ...rest: unknown[]) => boolean

interface Handle {
  close(): void
}
