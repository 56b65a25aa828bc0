/** SnapshotReader answers each read from one snapshot of the database, in as few round trips as its questions allow. */
import { MAX_CATCH_UP_ROWS, MEMBERS_ON_OPEN } from '@parlor/protocol'
import type { Pool, PoolClient } from 'pg'
import { NEWEST } from '../operations/history.ts'
import { READS, runOperation } from '../operations/operations.ts'
import { type Outcome, outcomeOf, type Request } from '../operations/outcome.ts'
import type { RoomQuery } from '../rooms.ts'
import { classify } from './failure.ts'
import { Missing } from './missing.ts'
import { findRooms, type Query, queryFor } from './snapshot-queries.ts'
import { type SnapshotNeed, SnapshotRows } from './snapshot-rows.ts'
import { askAll, inTransaction, LIMITS } from './transaction.ts'

export class SnapshotReader {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async read(request: Request): Promise<Outcome> {
    try {
      return await inTransaction(this.#pool, (client) => this.#answer(client, request), BEGIN)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return classify(error) === 'fault' ? { fault: reason } : { unavailable: reason }
    }
  }

  /** Runs the operation until everything that it asks for is there; each time with what it will probably ask for next. */
  async #answer(client: PoolClient, { name, args, nowMs }: Request): Promise<Outcome> {
    const rows = new SnapshotRows()
    await load(client, rows, firstQueries(name, args))
    for (;;) {
      try {
        return outcomeOf(() => runOperation(READS, { rows, nowMs }, name, args))
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        const need = error.need as SnapshotNeed
        await load(client, rows, [need, ...companions(need, name, args)].filter((one) => !rows.has(one)).map(queryFor))
      }
    }
  }
}

const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LIMITS}`

/** What is asked for in any case, and tells who may see more. */
function firstQueries(name: string, args: readonly unknown[]): Query[] {
  const [first] = args as [Partial<RoomQuery> & { userId?: string; limit?: number }]
  if (name === 'readHeads') return [findRooms(args[0] as readonly string[])]
  if (name === 'listRooms') return [queryFor({ method: 'listRooms', args: [first.userId ?? '', first.limit ?? 0] })]
  if (first?.roomId === undefined) return []
  const { roomId, readers, userId } = first
  const readerIds = [...new Set((readers ?? []).map((reader) => reader.userId))]
  return [
    queryFor({ method: 'findRoom', args: [roomId] }),
    ...(readers ? [queryFor({ method: 'findMembers', args: [roomId, readerIds] })] : []),
    ...(userId === undefined ? [] : [queryFor({ method: 'findMember', args: [roomId, userId] })]),
  ]
}

/** What is asked for behind this. A room's epochs are asked for only for somebody who may see the room. */
function companions(need: SnapshotNeed, name: string, args: readonly unknown[]): SnapshotNeed[] {
  if (need.method !== 'listEpochs') return []
  const [roomId] = need.args
  const rows = MAX_CATCH_UP_ROWS + 1
  if (name !== 'readRoom') {
    const { from } = args[0] as { from: number }
    return [
      { method: 'listNewestMembers', args: [roomId, from, rows] },
      { method: 'listNewestChanged', args: [roomId, from, rows] },
    ]
  }
  const { readers, extra } = args[0] as RoomQuery
  const newest = readers.flatMap(({ since }) => (since?.newest ? [since.newest.id] : []))
  const fresh = readers.filter(({ since }) => !since)
  const positions = readers.flatMap(({ since }) => (since ? [since.seq] : []))
  const from = extra ? 0 : Math.min(...positions)
  return [
    { method: 'findMessageSeqs', args: [roomId, newest] },
    ...(Number.isFinite(from)
      ? ([
          { method: 'listNewestMembers', args: [roomId, from, rows] },
          { method: 'listNewestChanged', args: [roomId, from, rows] },
        ] as const)
      : []),
    ...(fresh.length > 0
      ? ([
          { method: 'listMessagesBefore', args: [roomId, ...NEWEST(Math.max(...fresh.map(({ limit }) => limit)))] },
          { method: 'listLeadingMembers', args: [roomId, MEMBERS_ON_OPEN] },
        ] as const)
      : []),
    ...(extra ? ([{ method: 'listChangedMembers', args: [roomId, 0, extra.members + 1] }] as const) : []),
  ] as SnapshotNeed[]
}

async function load(client: PoolClient, rows: SnapshotRows, queries: readonly Query[]): Promise<void> {
  const answers = await askAll(
    client,
    queries.map(({ question }) => question),
  )
  for (const [index, query] of queries.entries()) query.keep(rows, answers[index]?.rows ?? [])
}
