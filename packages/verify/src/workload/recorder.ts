/** Recorder writes the log of a run, and hands out the numbers in it. */
import { ChatError } from '@parlor/client'
import type { Invoke, LogEntry, Ok, OperationKind } from '../log.ts'

export class Recorder {
  readonly entries: LogEntry[] = []
  readonly #onEntry: ((entry: LogEntry) => void) | undefined
  readonly #startedAt = performance.now()
  readonly #running = new Map<number, OperationKind>()
  readonly #begun = new Set<OperationKind>()
  readonly #waiting = new Set<Waiting>()
  #operations = 0
  #connections = 0
  #acks = 0

  constructor(onEntry?: (entry: LogEntry) => void) {
    this.#onEntry = onEntry
  }

  /** Ms since the run began; never steps back. */
  now(): number {
    return Math.round((performance.now() - this.#startedAt) * 10) / 10
  }

  /** What is written is written as it is now: nobody may change it afterwards. */
  write(entry: Untimed<LogEntry>): void {
    const timed = { at: this.now(), ...entry } as LogEntry
    this.entries.push(timed)
    this.#onEntry?.(timed)
  }

  nextConnection(): string {
    this.#connections += 1
    return `c${this.#connections}`
  }

  /** The number that the next operation gets: a text that names it is like no other. */
  get nextOperation(): number {
    return this.#operations + 1
  }

  /** Whether an operation of this kind was begun yet. */
  hasBegun(kind: OperationKind): boolean {
    return this.#begun.has(kind)
  }

  begin(invoke: Omit<Invoke, 'at' | 'type' | 'op'>): number {
    this.#operations += 1
    this.#begun.add(invoke.kind)
    this.#running.set(this.#operations, invoke.kind)
    this.write({ type: 'invoke', op: this.#operations, ...invoke })
    return this.#operations
  }

  succeed(op: number, result: Omit<Ok, 'at' | 'type' | 'op'> = {}): void {
    const kind = this.#running.get(op)
    if (!this.#running.delete(op)) return
    this.write({ type: 'ok', op, ...result })
    if (kind === 'send') this.#acknowledged()
  }

  /** An error that may pass says nothing about what became of the operation; one that won't is a refusal. */
  end(op: number, error: unknown): void {
    if (!this.#running.delete(op)) return
    const code = error instanceof ChatError ? error.code : 'internal'
    const isUnknown = !(error instanceof ChatError) || error.retryable || error.code === 'client_closed'
    this.write({ type: isUnknown ? 'unknown' : 'fail', op, code })
  }

  /** Logs an operation from its beginning to its end. Never rejects. */
  async follow<T>(
    invoke: Omit<Invoke, 'at' | 'type' | 'op'>,
    run: () => Promise<T>,
    read: (result: T) => Omit<Ok, 'at' | 'type' | 'op'> = () => ({}),
  ): Promise<T | undefined> {
    const op = this.begin(invoke)
    try {
      const result = await run()
      this.succeed(op, read(result))
      return result
    } catch (error) {
      this.end(op, error)
      return undefined
    }
  }

  /** Fulfilled when this many more sends were acknowledged. Rejects when the run stops before. */
  acks(count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.add({ at: this.#acks + count, resolve, reject })
    return promise
  }

  /** Nobody does anything any more. */
  stop(): void {
    for (const { reject } of this.#waiting) reject(new Error('The run ended before that many sends were acknowledged.'))
    this.#waiting.clear()
  }

  /** Somebody still waits to be told how something ended. */
  get isWaiting(): boolean {
    return this.#running.size > 0
  }

  /** The run is over: what hasn't ended will not be heard of any more. */
  finish(): void {
    for (const op of [...this.#running.keys()]) {
      this.#running.delete(op)
      this.write({ type: 'unknown', op, code: 'unfinished' })
    }
    this.write({ type: 'end' })
  }

  #acknowledged(): void {
    this.#acks += 1
    for (const waiting of [...this.#waiting]) {
      if (waiting.at > this.#acks) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
    }
  }
}

// --- types ---

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never

interface Waiting {
  at: number
  resolve(): void
  reject(error: Error): void
}
