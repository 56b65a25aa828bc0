/** SimulatedStore: the real store's logic on the memory rows, behind a database that is slow, breaks, lies and dies. */
import { ChatError } from '@parlor/protocol'
import type { Committed } from '../../packages/server/src/store/change.ts'
import { MemoryRows } from '../../packages/server/src/store/memory/memory-rows.ts'
import {
  type Answer,
  type Arguments,
  CHANGES,
  type ChangeName,
  READS,
  type ReadName,
  runOperation,
} from '../../packages/server/src/store/operations/operations.ts'
import { RowStore } from '../../packages/server/src/store/operations/row-store.ts'
import type { History } from './history.ts'
import { copy } from './plain.ts'
import type { Totals } from './totals.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The database: its nodes may come and go. */
export class Database {
  rows = new MemoryRows()
  startId = 'start-1'
  /** Answers of the next changes that get lost after their commit. */
  answersToLose = 0
  /** Every call fails until then. */
  outageUntil = 0
  /** Writes stand still until then, and commit afterwards. */
  stuckUntil = 0
  /** Shared by nodes: what a node asked for may be done after the node is dead. */
  readonly isShared: boolean
  readonly parts: DatabaseParts
  #starts = 1
  /** Everything that was written, so that any moment of the past can be restored. */
  #journal: Written[] = []

  constructor(isShared: boolean, parts: DatabaseParts) {
    this.isShared = isShared
    this.parts = parts
  }

  /** The database as one node has it. */
  connect(): NodeStore {
    return new NodeStore(this)
  }

  restart(): void {
    this.#starts += 1
    this.startId = `start-${this.#starts}`
  }

  /** How many writes a backup made now would hold. */
  get size(): number {
    return this.#journal.length
  }

  /** Brings back the state after the first `size` writes. Gives the heads of its rooms. */
  restore(size: number): Map<string, number> {
    this.#journal = this.#journal.slice(0, size)
    this.rows = new MemoryRows()
    for (const written of this.#journal) {
      try {
        runOperation(CHANGES, { ...written, rows: this.rows }, written.name, copy(written.args))
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
      }
    }
    this.restart()
    const roomIds = this.parts.history.rooms().map(({ roomId }) => roomId)
    return new Map(roomIds.map((roomId) => [roomId, this.rows.findRoom(roomId)?.head ?? 0]))
  }

  write(name: string, args: readonly unknown[]): unknown {
    const { time, history } = this.parts
    const written: Written = { name, args, startId: this.startId, nowMs: time.now }
    this.#journal.push(written)
    const answer = runOperation(CHANGES, { ...written, rows: this.rows }, name, copy(args))
    const { changes } = copy(answer ?? { changes: [] }) as Committed<unknown>
    const [first] = args as [{ roomId?: string }]
    if (first.roomId !== undefined) for (const change of changes) history.record(first.roomId, change)
    return copy(answer)
  }

  look(name: string, args: readonly unknown[]): unknown {
    const tx = { rows: this.rows, startId: this.startId, nowMs: this.parts.time.now }
    return copy(runOperation(READS, tx, name, copy(args)))
  }
}

/** One node's way to the database. Its writes are done and answered in the order in which they were asked for. */
export class NodeStore extends RowStore {
  readonly #database: Database
  #isDead = false
  #writtenAt = 0
  #answeredAt = 0
  readonly startId: string

  constructor(database: Database) {
    super()
    this.#database = database
    this.startId = database.startId
  }

  async checkHealth(): Promise<void> {}
  async close(): Promise<void> {}

  /** The node is dead: nothing is answered any more. */
  die(): void {
    this.#isDead = true
  }

  protected override change<N extends ChangeName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    const { time, random, totals } = this.#database.parts
    const asked = copy(args) as readonly unknown[]
    const before = this.#database.startId
    const isSlow = random() < 0.05
    const writeAt = Math.max(time.now + random() * (isSlow ? 400 : 8), this.#writtenAt, this.#database.stuckUntil)
    this.#writtenAt = writeAt
    this.#answeredAt = Math.max(writeAt + random() * (isSlow ? 200 : 4), this.#answeredAt)
    const answerAt = this.#answeredAt
    return new Promise((resolve, reject) => {
      if (this.#isOut()) return this.#later(4, () => reject(new ChatError('unavailable')))
      let isOver = false
      let outcome: Outcome | undefined
      const settle = (): void => {
        if (isOver || !outcome) return
        isOver = true
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.answer as Answer<N>)
      }
      time.after(writeAt - time.now, () => {
        // A database of its own dies with its node; a shared one may have had the command already.
        if (this.#isDead && (!this.#database.isShared || random() < 0.5)) return
        if (this.#database.startId !== before) {
          outcome = { error: new ChatError('unavailable') }
          return
        }
        outcome = attempt(() => this.#database.write(name, asked))
        if (isOver && 'answer' in outcome) totals.count('late commits')
        if (this.#database.answersToLose > 0 && 'answer' in outcome) {
          this.#database.answersToLose -= 1
          totals.count('lost answers')
          outcome = undefined
        }
      })
      this.#later(answerAt - time.now, settle)
      this.#later(STORE_TIMEOUT_MS, () => {
        outcome = { error: new ChatError('timeout') }
        settle()
      })
    })
  }

  protected override read<N extends ReadName>(name: N, args: Arguments<N>): Promise<Answer<N>> {
    const { time, random, totals } = this.#database.parts
    const asked = copy(args) as readonly unknown[]
    const [first] = asked as [{ readers?: unknown[] } | undefined]
    if (name === 'readRoom' && (first?.readers?.length ?? 0) > 1) totals.count('batched reads')
    const isSlow = random() < 0.1
    const readIn = random() * (isSlow ? 300 : 6)
    return new Promise((resolve, reject) => {
      if (this.#isOut()) return this.#later(4, () => reject(new ChatError('unavailable')))
      time.after(readIn, () => {
        const outcome = attempt(() => this.#database.look(name, asked))
        this.#later(random() * (isSlow ? 300 : 4), () => {
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.answer as Answer<N>)
        })
      })
    })
  }

  #isOut(): boolean {
    return this.#database.outageUntil > this.#database.parts.time.now
  }

  #later(ms: number, run: () => void): void {
    this.#database.parts.time.after(ms, () => {
      if (!this.#isDead) run()
    })
  }
}

/** The store gives up after this; what it was asked for may still be done. */
const STORE_TIMEOUT_MS = 4_000

function attempt(run: () => unknown): Outcome {
  try {
    return { answer: run() }
  } catch (error) {
    return { error: error as Error }
  }
}

// --- types ---

export interface DatabaseParts {
  time: VirtualTime
  random: () => number
  history: History
  totals: Totals
}

interface Written {
  name: string
  args: readonly unknown[]
  startId: string
  nowMs: number
}

type Outcome = { answer: unknown } | { error: Error }
