/** Transactions on a pool: what is asked in one turn goes out together, and a connection in doubt is never used again. */
import type { Pool, PoolClient, QueryResult } from 'pg'

/** Runs `work` between BEGIN and COMMIT. Whatever it throws rolls back, and is thrown. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  begin = `BEGIN; ${LIMITS}`,
): Promise<T> {
  const client = await pool.connect()
  let isSound = false
  try {
    // Not awaited: it goes out with the first questions. If it fails, they do.
    const begun = client.query(begin)
    begun.catch(() => {})
    const answer = await work(client)
    await begun
    await commit(client)
    isSound = true
    return answer
  } finally {
    client.release(!isSound)
  }
}

/**
 * Asks all of these at once, in their order: one round trip. What is behind a question that failed isn't carried out, so
 * the first failure is the reason. Where there is no question, there is no answer.
 */
export async function askAll<Q extends Question | undefined>(
  client: PoolClient,
  questions: readonly Q[],
): Promise<(QueryResult | undefined)[]> {
  const answers = await Promise.allSettled(
    questions.map((question) => question && client.query(question.sql, question.values)),
  )
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  })
}

/** A transaction in which something failed answers COMMIT with ROLLBACK, and no error. */
export function requireCommitted(result: QueryResult | undefined): void {
  if (result?.command !== 'COMMIT') throw new Error(`the transaction ended with ${result?.command ?? 'nothing'}`)
}

/**
 * How long the database may take, each time anew: behind a pooler, settings of a connection would be somebody else's. All
 * together are less than the 5 s in which every operation is answered (G13).
 */
export const LIMITS =
  "SET LOCAL statement_timeout = '4s'; SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = '5s'"

async function commit(client: PoolClient): Promise<void> {
  requireCommitted(await client.query('COMMIT'))
}

// --- types ---

export interface Question {
  sql: string
  values?: unknown[]
}
