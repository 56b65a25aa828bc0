/** BatchCommitter commits the changes of some rooms in one transaction, and tells of none before it is committed. */
import type { Pool, PoolClient } from 'pg'
import { CHANGES, runOperation } from '../operations/operations.ts'
import { type Outcome, outcomeOf, type Request } from '../operations/outcome.ts'
import { mayMakeRoom, needsOf, roomOf } from './batch-needs.ts'
import { askFor, type BatchAnswer, readAnswer } from './batch-reads.ts'
import { type BatchNeed, BatchRows } from './batch-rows.ts'
import { writeRows } from './batch-writes.ts'
import { classify } from './failure.ts'
import { Missing } from './missing.ts'
import { askAll, LIMITS } from './transaction.ts'

export class BatchCommitter {
  readonly #pool: Pool
  /** Rooms that this node has met: to change them, nobody need be kept from making them. */
  readonly #met = new Set<string>()
  /** The start of the database as the last batch found it. */
  startId: string

  constructor(pool: Pool, startId: string) {
    this.#pool = pool
    this.startId = startId
  }

  /**
   * The outcomes, in the order of the requests. If the database fails, none of them is known to be stored. What one of
   * them does wrong is its own outcome; and where one room can't be locked in time, the others don't wait for it again.
   */
  async commit(requests: readonly Request[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#commit(requests)
      } catch (error) {
        const failure = classify(error)
        // Rolled back for certain. What was known of rooms may be old: a table may have been emptied by hand.
        if (failure === 'again' && attempt < MAX_ATTEMPTS) {
          this.#met.clear()
          continue
        }
        if (failure === 'locked') {
          const rooms = Map.groupBy(requests, (request) => roomOf(request))
          if (rooms.size > 1) return this.#commitApart(requests, [...rooms.values()])
        }
        const reason = error instanceof Error ? error.message : String(error)
        return requests.map(() => (failure === 'fault' ? { fault: reason } : { unavailable: reason }))
      }
    }
  }

  async #commitApart(requests: readonly Request[], rooms: readonly Request[][]): Promise<Outcome[]> {
    const outcomes = new Map<Request, Outcome>()
    await Promise.all(
      rooms.map(async (own) => {
        const answers = await this.commit(own)
        for (const [index, request] of own.entries()) {
          const outcome = answers[index]
          if (outcome) outcomes.set(request, outcome)
        }
      }),
    )
    return requests.map((request) => outcomes.get(request) ?? { fault: 'a request had no outcome' })
  }

  async #commit(requests: readonly Request[]): Promise<Outcome[]> {
    const client = await this.#pool.connect()
    let isSound = false
    try {
      const rows = new BatchRows()
      await this.#lock(client, rows, requests)
      const outcomes: Outcome[] = []
      for (const request of requests) outcomes.push(await this.#run(client, rows, request))
      await writeRows(client, rows)
      isSound = true
      return outcomes
    } finally {
      client.release(!isSound)
    }
  }

  /** One round trip: the locks, and what is mostly needed, each as it is under the locks. */
  async #lock(client: PoolClient, rows: BatchRows, requests: readonly Request[]): Promise<void> {
    const roomIds = [...new Set(requests.flatMap((request) => roomOf(request) ?? []))]
    const unmet = [...new Set(requests.filter(mayMakeRoom).flatMap((request) => roomOf(request) ?? []))].filter(
      (roomId) => !this.#met.has(roomId),
    )
    const wanted = { unmet, roomIds, needs: requests.flatMap(needsOf) }
    const [, answer] = await askAll(client, [
      { sql: `BEGIN ISOLATION LEVEL READ COMMITTED; ${LIMITS}` },
      askFor(wanted),
    ])
    this.startId = readAnswer(rows, wanted, answer?.rows[0]?.found as BatchAnswer)
    if (this.#met.size > MAX_MET) this.#met.clear()
    for (const roomId of roomIds) if (rows.findRoom(roomId)) this.#met.add(roomId)
  }

  /** An operation that asks for more than was read runs again when it is. */
  async #run(client: PoolClient, rows: BatchRows, { name, args, nowMs }: Request): Promise<Outcome> {
    for (;;) {
      const tx = { rows, startId: this.startId, nowMs }
      try {
        return outcomeOf(() => rows.attempt(() => runOperation(CHANGES, tx, name, args)))
      } catch (error) {
        if (!(error instanceof Missing)) return { fault: error instanceof Error ? error.message : String(error) }
        const wanted = { needs: [error.need as BatchNeed] }
        const { sql, values } = askFor(wanted)
        readAnswer(rows, wanted, (await client.query(sql, values)).rows[0]?.found as BatchAnswer)
      }
    }
  }
}

/** More attempts than two nodes that make the same room need. */
const MAX_ATTEMPTS = 4

/** Some 5 MB of ids. */
const MAX_MET = 50_000
