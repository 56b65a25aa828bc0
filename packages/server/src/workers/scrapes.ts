/** Scrapes asks every worker that serves for its metrics, and adds them up. Who dies or hangs meanwhile is left out. */
import type { Worker } from 'node:cluster'
import { AggregatorRegistry, Gauge } from 'prom-client'
import type { WorkerMessage } from './messages.ts'

export class Scrapes {
  readonly #pending = new Map<number, Pending>()
  #ids = 0

  /** What `/metrics` answers for these workers. */
  async collect(workers: readonly Worker[]): Promise<string> {
    const id = ++this.#ids
    const found = await new Promise<Metrics[]>((resolve) => {
      const timer = setTimeout(() => this.#finish(id), PATIENCE_MS)
      this.#pending.set(id, { left: new Set(workers), found: [], timer, resolve })
      for (const worker of workers) worker.send({ type: 'parlor:collect', id } satisfies WorkerMessage, () => {})
      this.#finishIfAll(id)
    })
    const all = AggregatorRegistry.aggregate(found)
    new Gauge({ name: 'parlor_workers', help: 'Workers whose metrics these are.', registers: [all] }).set(found.length)
    return all.metrics()
  }

  heard(worker: Worker, { id, metrics }: Extract<WorkerMessage, { type: 'parlor:collected' }>): void {
    const pending = this.#pending.get(id)
    if (!pending?.left.delete(worker)) return
    pending.found.push(metrics)
    this.#finishIfAll(id)
  }

  /** It says nothing more. */
  left(worker: Worker): void {
    for (const [id, { left }] of this.#pending) if (left.delete(worker)) this.#finishIfAll(id)
  }

  #finishIfAll(id: number): void {
    if (this.#pending.get(id)?.left.size === 0) this.#finish(id)
  }

  #finish(id: number): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    clearTimeout(pending?.timer)
    pending?.resolve(pending.found)
  }
}

/** Below the 10 s that Prometheus waits unless told otherwise; a worker that is only busy answers within it. */
const PATIENCE_MS = 5_000

// --- types ---

type Metrics = Extract<WorkerMessage, { type: 'parlor:collected' }>['metrics']

interface Pending {
  left: Set<Worker>
  found: Metrics[]
  timer: NodeJS.Timeout
  resolve(found: Metrics[]): void
}
