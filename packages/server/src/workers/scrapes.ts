/**
 * Scrapes asks every worker that serves for its metrics, and adds them up. What one that hangs or has ended counted, as far as
 * it was asked before, stays in the sum: a counter that fell would be taken for a new start, and all of it for news.
 */
import type { Worker } from 'node:cluster'
import { AggregatorRegistry, Gauge } from 'prom-client'
import type { WorkerMessage } from './messages.ts'

export class Scrapes {
  readonly #pending = new Map<number, Pending>()
  /** The latest answer of each worker that is there. */
  readonly #latest = new Map<Worker, Metrics>()
  /** What those counted that aren't. */
  #gone: Promise<Metrics> = Promise.resolve([])
  #ids = 0

  /** What `/metrics` answers for these workers. */
  async collect(workers: readonly Worker[]): Promise<string> {
    const id = ++this.#ids
    const answered = await new Promise<ReadonlySet<Worker>>((resolve) => {
      const timer = setTimeout(() => this.#finish(id), PATIENCE_MS)
      this.#pending.set(id, { left: new Set(workers), answered: new Set(), timer, resolve })
      for (const worker of workers) worker.send({ type: 'parlor:collect', id } satisfies WorkerMessage, () => {})
      this.#finishIfAll(id)
    })
    const parts = [...this.#latest].map(([worker, metrics]) => (answered.has(worker) ? metrics : countersOf(metrics)))
    const all = AggregatorRegistry.aggregate([...parts, await this.#gone])
    new Gauge({ name: 'parlor_workers', help: 'Workers that answered.', registers: [all] }).set(answered.size)
    return all.metrics()
  }

  heard(worker: Worker, { id, metrics }: Extract<WorkerMessage, { type: 'parlor:collected' }>): void {
    const pending = this.#pending.get(id)
    if (!pending?.left.delete(worker)) return
    this.#latest.set(worker, metrics)
    pending.answered.add(worker)
    this.#finishIfAll(id)
  }

  /** It says nothing more. */
  left(worker: Worker): void {
    for (const [id, { left }] of this.#pending) if (left.delete(worker)) this.#finishIfAll(id)
    const latest = this.#latest.get(worker)
    if (!latest) return
    this.#latest.delete(worker)
    // Added up at once: however many come and go, it is no more than one of them.
    this.#gone = this.#gone.then((gone) => AggregatorRegistry.aggregate([gone, countersOf(latest)]).getMetricsAsJSON())
  }

  #finishIfAll(id: number): void {
    if (this.#pending.get(id)?.left.size === 0) this.#finish(id)
  }

  #finish(id: number): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    clearTimeout(pending?.timer)
    pending?.resolve(pending.answered)
  }
}

/** What only grows. */
function countersOf(metrics: Metrics): Metrics {
  return metrics.filter(({ type }) => String(type) === 'counter' || String(type) === 'histogram')
}

/** Below the 10 s that Prometheus waits unless told otherwise; a worker that is only busy answers within it. */
const PATIENCE_MS = 5_000

// --- types ---

type Metrics = Extract<WorkerMessage, { type: 'parlor:collected' }>['metrics']

interface Pending {
  left: Set<Worker>
  answered: Set<Worker>
  timer: NodeJS.Timeout
  resolve(answered: ReadonlySet<Worker>): void
}
