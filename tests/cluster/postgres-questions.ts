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
