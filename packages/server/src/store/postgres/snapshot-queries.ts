/** SnapshotQueries are the statements behind the questions to a snapshot, and what their rows mean. */

import { NEWEST } from '../operations/history.ts'
import { type Columns, readMember, readMessage, readRoom, readStoredMessage } from '../operations/row-codec.ts'
import type { Asked, SnapshotNeed, SnapshotRows } from './snapshot-rows.ts'
import { SQL } from './sql.ts'
import type { Question } from './transaction.ts'

/** Asks for this, and keeps the answer, with whatever else it brings, among the rows. */
export function queryFor({ method, args }: SnapshotNeed): Query {
  return (QUERIES[method] as (...of: readonly unknown[]) => Query)(...args)
}

const QUERIES: { [N in keyof Asked]: (...args: Parameters<Asked[N]>) => Query } = {
  findRoom: (roomId) => findRooms([roomId]),
  findMember: (roomId, userId) => ({
    question: { sql: SQL.findMembers, values: [roomId, [userId]] },
    keep: (rows, [found]) => rows.keep('findMember', [roomId, userId], found && readMember(found)),
  }),
  findMessage: (roomId, messageId) => ({
    question: { sql: SQL.findMessagesIn, values: [[roomId], [messageId]] },
    keep: (rows, [found]) => rows.keep('findMessage', [roomId, messageId], found && readStoredMessage(found)),
  }),
  isBurned: (id) => ({
    question: { sql: SQL.isBurned, values: [id.messageId, id.roomId, id.userId] },
    keep: (rows, found) => rows.keep('isBurned', [id], found.length > 0),
  }),
  countOwners: (roomId) => ({
    question: { sql: SQL.findOwners, values: [roomId] },
    keep: (rows, found) => rows.keep('countOwners', [roomId], found.length),
  }),
  listRooms: (userId, limit) => ({
    question: { sql: SQL.listRooms, values: [userId, limit] },
    keep: (rows, found) => {
      const rooms = found.map((columns) => ({ room: readRoom(columns), columns }))
      rows.keep(
        'listRooms',
        [userId, limit],
        rooms.map(({ room }) => room),
      )
      for (const { room, columns } of rooms) {
        const roomId = room.row.id
        const member = columns.member as Columns | null
        rows.keep('findMember', [roomId, userId], member ? readMember(member) : undefined)
        const messages = (columns.messages ?? []) as Columns[]
        rows.keep('listMessagesBefore', [roomId, ...NEWEST(1)], messages.map(readMessage))
      }
    },
  }),
  listEpochs: (roomId) => ({
    question: { sql: SQL.listEpochs, values: [roomId] },
    keep: (rows, found) =>
      rows.keep(
        'listEpochs',
        [roomId],
        found.map(({ epoch, first }) => ({ epoch: String(epoch), first: Number(first) })),
      ),
  }),
  findMembers: (roomId, userIds) => ({
    question: { sql: SQL.findMembers, values: [roomId, userIds] },
    keep: (rows, found) => rows.keep('findMembers', [roomId, userIds], found.map(readMember)),
  }),
  listLeadingMembers: (...args) => members('listLeadingMembers', args),
  listMembers: (...args) => members('listMembers', args),
  listChangedMembers: (...args) => members('listChangedMembers', args),
  listNewestMembers: (...args) => members('listNewestMembers', args),
  findMessageSeqs: (roomId, messageIds) => ({
    question: { sql: SQL.findMessageSeqs, values: [roomId, messageIds] },
    keep: (rows, found) =>
      rows.keep(
        'findMessageSeqs',
        [roomId, messageIds],
        new Map(found.map(({ id, seq }) => [String(id), Number(seq)])),
      ),
  }),
  listMessagesBefore: (...args) => messages('listMessagesBefore', args),
  listMessagesAfter: (...args) => messages('listMessagesAfter', args),
  listNewestChanged: (roomId, from, limit) => ({
    question: { sql: SQL.listNewestChanged, values: [roomId, from, limit] },
    // Each of its lists has its newest, so the newest of both are among them.
    keep: (rows, found) => {
      const byId = new Map(found.map((columns) => [columns.id, readMessage(columns)]))
      const newest = [...byId.values()].sort((a, b) => b.version - a.version).slice(0, limit)
      rows.keep('listNewestChanged', [roomId, from, limit], newest)
    },
  }),
  listRevokedSessions: (after) => ({
    question: { sql: SQL.listRevokedSessions, values: [after] },
    keep: (rows, found) =>
      rows.keep(
        'listRevokedSessions',
        [after],
        found.map(({ sid }) => String(sid)),
      ),
  }),
}

/** Many rooms with one question. */
export function findRooms(roomIds: readonly string[]): Query {
  return {
    question: { sql: SQL.findRooms, values: [roomIds] },
    keep: (rows, found) => {
      const byId = new Map(found.map((columns) => [columns.id, readRoom(columns)]))
      for (const roomId of roomIds) rows.keep('findRoom', [roomId], byId.get(roomId))
    },
  }
}

function members<N extends 'listLeadingMembers' | 'listMembers' | 'listChangedMembers' | 'listNewestMembers'>(
  method: N,
  args: Parameters<Asked[N]>,
): Query {
  return {
    question: { sql: SQL[method], values: args },
    keep: (rows, found) => rows.keep(method, args, found.map(readMember) as ReturnType<Asked[N]>),
  }
}

function messages<N extends 'listMessagesBefore' | 'listMessagesAfter'>(method: N, args: Parameters<Asked[N]>): Query {
  return {
    question: { sql: SQL[method], values: args },
    keep: (rows, found) => rows.keep(method, args, found.map(readMessage) as ReturnType<Asked[N]>),
  }
}

// --- types ---

export interface Query {
  question: Question
  keep: (rows: SnapshotRows, found: readonly Columns[]) => void
}
