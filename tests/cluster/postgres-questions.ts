/** Every question that readers put to PostgreSQL, put to a database of rooms, and whether its plan goes by indexes. */
import type { SQL } from '../../packages/server/src/store/postgres/sql.ts'

/** Of a user `reader` in few rooms, and of a room whose newest message is `head`. */
export function questionsOf({ roomId, other, head, messageId, reader }: Asked): Questions {
  return {
    findMessagesIn: [[roomId], [messageId]],
    findOwners: [roomId],
    findRooms: [[roomId, other]],
    listRooms: [reader, 50],
    listEpochs: [roomId],
    findMembers: [roomId, ['user-1', 'user-2']],
    listLeadingMembers: [roomId, 20],
    listMembers: [roomId, 'user-1', 20],
    listChangedMembers: [roomId, 10, 20],
    listNewestMembers: [roomId, 10, 20],
    findMessageSeqs: [roomId, [messageId]],
    listMessagesBefore: [roomId, head - 50, 20],
    listMessagesAfter: [roomId, head - 50, 20],
    listNewestChanged: [roomId, head - 50, 20],
    isBurned: ['burned-1', roomId, 'user-1'],
    listRevokedSessions: [19_990],
  }
}

/** To be added to rooms: somebody who is in few of them, and ids and sign-ins that were burned and revoked. */
export const EXTRAS = `
  INSERT INTO parlor.members (room, user_id, rank, joined_at, version)
    SELECT key, 'lonely', 2, 1, 50 FROM parlor.rooms WHERE id IN ('room-1', 'room-3', 'room-4');
  INSERT INTO parlor.burned_ids SELECT 'burned-' || b, 'room-1', 'user-1', 1 FROM generate_series(1, 20000) AS b;
  INSERT INTO parlor.revoked_sessions SELECT 'sid-' || s, s FROM generate_series(1, 20000) AS s;
`

/** The steps of a plan, as `EXPLAIN (FORMAT JSON)` has it. */
export function stepsOf(plan: Step): Step[] {
  return [plan, ...(plan.Plans ?? []).flatMap(stepsOf)]
}

/** Tables that a plan reads from end to end. */
export function scannedBy(plan: Step): string[] {
  return stepsOf(plan)
    .filter((step) => step['Node Type'] === 'Seq Scan')
    .map((step) => step['Relation Name'] ?? '')
}

// --- types ---

export type Questions = { [N in keyof typeof SQL]?: unknown[] }

export interface Asked {
  roomId: string
  other: string
  head: number
  messageId: string
  reader: string
}

export interface Step {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: Step[]
}
