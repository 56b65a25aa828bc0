/** Failure is what an error of PostgreSQL means for what was asked of it. */
import { DatabaseError } from 'pg'

/**
 * `again`: rolled back, by somebody else's doing, and worth another try at once. `locked`: rolled back, because somebody
 * holds a row for long. `unavailable`: the database can't be reached, or doesn't take writes; what became of a commit
 * under way is unknown. `fault`: a mistake of ours. Classes: postgresql.org/docs/current/errcodes-appendix.html
 */
export function classify(error: unknown): 'again' | 'locked' | 'unavailable' | 'fault' {
  if (!(error instanceof DatabaseError)) return isNetwork(error) ? 'unavailable' : 'fault'
  const code = error.code ?? ''
  if (AGAIN.has(code)) return 'again'
  if (code === LOCK_NOT_AVAILABLE) return 'locked'
  return OUTAGES.some((start) => code.startsWith(start)) ? 'unavailable' : 'fault'
}

/** Serialization failure, deadlock, and a row that another node made at the same time. */
const AGAIN: ReadonlySet<string> = new Set(['40001', '40P01', '23505'])

const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Connection lost, refused, or cut (08, 57, 28), no resources (53), wrong state (55), system errors (58, XX), a standby that
 * takes no writes (25006), and what stands behind a question that failed for one of these (25P02).
 */
const OUTAGES = ['08', '57', '28', '53', '55', '58', 'XX', '25']

/** What the driver throws when a connection ends, can't be made, or doesn't answer. */
function isNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) return true
  return /connection|timeout|terminated|the transaction ended with|Client (was closed|has encountered)/i.test(
    error.message,
  )
}
