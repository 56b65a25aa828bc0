/** MemoryStore is a store that forgets: for tests, and for trying things out. */
import { randomUUID } from 'node:crypto'
import {
  type Answer,
  type Arguments,
  CHANGES,
  type ChangeName,
  READS,
  type ReadName,
  runOperation,
} from '../operations/operations.ts'
import { RowStore } from '../operations/row-store.ts'
import type { Rows, Transaction } from '../operations/rows.ts'
import type { Store } from '../store.ts'
import { MemoryRows } from './memory-rows.ts'

/** A store in this process's memory. It keeps every promise of Store but durability. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options)
}

class MemoryStore extends RowStore {
  readonly startId: string = randomUUID()
  readonly #now: () => number
  readonly #rows: Rows = new MemoryRows()

  constructor({ now = Date.now }: MemoryStoreOptions) {
    super()
    this.#now = now
  }

  async checkHealth(): Promise<void> {}

  async close(): Promise<void> {}

  protected override async change<N extends ChangeName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    return this.#run(CHANGES, name, args) as Answer<N>
  }

  protected override async read<N extends ReadName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    return this.#run(READS, name, args) as Answer<N>
  }

  /** Nothing runs in between, so every operation is a transaction. Copies in and out, as from any other store. */
  #run(table: Parameters<typeof runOperation>[0], name: string, args: readonly unknown[]): unknown {
    const tx: Transaction = { rows: this.#rows, startId: this.startId, nowMs: this.#now() }
    return structuredClone(runOperation(table, tx, name, structuredClone(args)))
  }
}

// --- types ---

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
}
