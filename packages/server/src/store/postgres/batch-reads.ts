/** BatchReads ask for what a batch needs, all of it with one call, and tell the rows what was found. */
import type { Columns } from '../operations/row-codec.ts'
import { readMember, readRoom, readStoredMessage } from '../operations/row-codec.ts'
import type { BatchNeed, BatchRows } from './batch-rows.ts'
import { SQL } from './sql.ts'
import type { Question } from './transaction.ts'

/** The question. `unmet`: rooms that may have to be made, and that nobody else may make meanwhile. */
export function askFor({ unmet = [], roomIds = [], needs }: Wanted): Question {
  const { members: asked, messages, burned, owners } = sort(needs)
  // Of many operations by the same member, once.
  const members = [...new Map(asked.map((need) => [`${need.roomId}\0${need.userId}`, need])).values()]
  return {
    sql: SQL.readBatch,
    values: [
      ...[unmet, roomIds],
      ...[members.map(({ roomId }) => roomId), members.map(({ userId }) => userId)],
      ...[messages.map(({ roomId }) => roomId), messages.map(({ messageId }) => messageId)],
      ...[burned.map(({ roomId }) => roomId), burned.map(({ messageId }) => messageId)],
      ...[burned.map(({ userId }) => userId), owners.map(({ roomId }) => roomId)],
    ],
  }
}

/** What was asked for and not found isn't there. Gives the start of the database that answered. */
export function readAnswer(rows: BatchRows, { roomIds = [], needs }: Wanted, answer: BatchAnswer): string {
  const byId = new Map(answer.rooms?.map((columns) => [String(columns.id), columns]))
  for (const roomId of roomIds) {
    const columns = byId.get(roomId)
    rows.readRoom(roomId, columns && { key: Number(columns.key), room: readRoom(columns) })
  }
  for (const columns of answer.members ?? [])
    rows.readMember(String(columns.room_id), String(columns.user_id), readMember(columns))
  for (const columns of answer.messages ?? [])
    rows.readMessage(String(columns.room_id), String(columns.id), readStoredMessage(columns))
  for (const columns of answer.burned ?? []) {
    const [roomId, messageId, userId] = [columns.room_id, columns.message_id, columns.user_id].map(String)
    if (roomId !== undefined && messageId !== undefined && userId !== undefined)
      rows.readBurned({ roomId, messageId, userId }, true)
  }
  const wanted = sort(needs)
  for (const { roomId, userId } of wanted.members) rows.readMember(roomId, userId, undefined)
  for (const { roomId, messageId } of wanted.messages) rows.readMessage(roomId, messageId, undefined)
  for (const id of wanted.burned) rows.readBurned(id, false)
  for (const { roomId } of wanted.owners)
    rows.readOwners(roomId, (answer.owners ?? []).filter((columns) => columns.room_id === roomId).map(readMember))
  return answer.start_id
}

function sort(needs: readonly BatchNeed[]) {
  return {
    members: needs.filter((need) => need.kind === 'member'),
    messages: needs.filter((need) => need.kind === 'message'),
    burned: needs.filter((need) => need.kind === 'burned'),
    owners: needs.filter((need) => need.kind === 'owners'),
  }
}

// --- types ---

export interface Wanted {
  unmet?: readonly string[]
  /** To be locked. */
  roomIds?: readonly string[]
  needs: readonly BatchNeed[]
}

/** What `parlor.read_batch_1` gives: rows as JSON, null where there are none. */
export interface BatchAnswer {
  start_id: string
  rooms: Columns[] | null
  members: Columns[] | null
  messages: Columns[] | null
  burned: Columns[] | null
  owners: Columns[] | null
}
