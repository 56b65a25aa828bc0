/** Pool: many batches on as many child processes as one likes, whose results come back in the order of their seeds. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BatchOrder, BatchResult } from './batch.ts'

/**
 * Runs the orders, each on whichever process is free. The results come in the order of the orders, so that whatever is
 * made of them is the same for any number of processes. Ends the processes when the caller has had enough.
 */
export async function* runOrders(orders: Iterator<BatchOrder>, jobs: number): AsyncGenerator<BatchResult> {
  const running: Promise<BatchResult>[] = []
  const free: ChildProcess[] = Array.from({ length: jobs }, startWorker)
  const workers = [...free]
  const fill = (): void => {
    for (let worker = free.pop(); worker; worker = free.pop()) {
      const { value, done } = orders.next()
      if (done) return
      const mine = worker
      const result = runOn(mine, value)
      running.push(result)
      // Whoever waits for the result sees its failure.
      result.then(
        () => {
          free.push(mine)
          fill()
        },
        () => {},
      )
    }
  }
  try {
    fill()
    for (let next = running.shift(); next; next = running.shift()) yield await next
  } finally {
    for (const worker of workers) worker.kill()
  }
}

function startWorker(): ChildProcess {
  return fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), { execArgv: ['--conditions=@parlor/source'] })
}

async function runOn(worker: ChildProcess, order: BatchOrder): Promise<BatchResult> {
  const isOver = new AbortController()
  const ended = once(worker, 'exit', { signal: isOver.signal }).then(([code, signal]) => {
    throw new Error(`a process ended with ${code ?? signal} while it ran the ${order.count} seeds from ${order.first}`)
  })
  ended.catch(() => {})
  try {
    const answered = once(worker, 'message', { signal: isOver.signal })
    answered.catch(() => {})
    worker.send(order)
    const [result] = await Promise.race([answered, ended])
    return result as BatchResult
  } finally {
    isOver.abort()
  }
}
