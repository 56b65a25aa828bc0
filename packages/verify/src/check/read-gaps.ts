/** Read gaps: rows that an answer should have had, because somebody else was told of them. */
import type { Evidence, Read } from './evidence.ts'
import { isMessage, type Row } from './facts.ts'

/**
 * What is known to have been so at the head of an answer, and isn't in it: rows of a range that changed, messages of a
 * page that were created in its span, and rows of either that are there in an older version.
 */
export function findGaps(evidence: Evidence, read: Read): Gap[] {
  const facts = evidence.rooms.get(read.roomId)?.facts
  if (!facts) return []
  const { head, from, span, socket } = read
  const held = new Map(read.rows.map((row) => [row.key, row]))
  const view = facts.view(socket.branch)
  const wanted = new Map<string, Row>()
  for (const key of held.keys()) {
    const latest = view.latest(key, head)
    if (latest) wanted.set(key, latest)
  }
  if (from !== undefined) for (const row of view.changed(from, head)) wanted.set(row.key, row)
  // A message's row is known from its creation on, or from later.
  if (span)
    for (const row of view.changed(span.low - 1, head))
      if (isMessage(row) && row.content.seq >= span.low && row.content.seq <= span.high) wanted.set(row.key, row)
  return [...wanted.values()].flatMap((row) => {
    const mine = held.get(row.key)
    return mine && mine.version >= row.version ? [] : [{ row, held: mine }]
  })
}

// --- types ---

export interface Gap {
  /** What is known. */
  row: Row
  /** What the answer has of that row. */
  held: Row | undefined
}
