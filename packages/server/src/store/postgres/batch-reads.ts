/** BatchReads are the questions behind a batch's needs: one of each kind, whatever rooms the needs are of. */
import type { QueryResult } from 'pg'
import { readMember, readStoredMessage } from '../operations/row-codec.ts'
import type { BatchNeed, BatchRows } from './batch-rows.ts'
import { SQL } from './sql.ts'
import type { Question } from './transaction.ts'

/** What to ask, in the order in which `readAnswers` takes the answers. */
export function questionsFor(needs: readonly BatchNeed[]): (Question | undefined)[] {
  const { members, messages, burned, owners } = sort(needs)
  const rooms = (of: readonly { roomId: string }[]) => of.map(({ roomId }) => roomId)
  return [
    members.length === 0
      ? undefined
      : { sql: SQL.findMembersIn, values: [rooms(members), members.map(({ userId }) => userId)] },
    messages.length === 0
      ? undefined
      : { sql: SQL.findMessagesIn, values: [rooms(messages), messages.map(({ messageId }) => messageId)] },
    burned.length === 0
      ? undefined
      : {
          sql: SQL.findBurned,
          values: [rooms(burned), burned.map(({ messageId }) => messageId), burned.map(({ userId }) => userId)],
        },
    ...owners.map(({ roomId }) => ({ sql: SQL.findOwners, values: [roomId] })),
  ]
}

/** Tells the rows what was found; what was asked for and not found isn't there. */
export function readAnswers(
  rows: BatchRows,
  needs: readonly BatchNeed[],
  [members, messages, burned, ...owners]: readonly (QueryResult | undefined)[],
): void {
  for (const columns of members?.rows ?? []) rows.readMember(columns.room_id, columns.user_id, readMember(columns))
  for (const columns of messages?.rows ?? []) rows.readMessage(columns.room_id, columns.id, readStoredMessage(columns))
  for (const { room_id: roomId, message_id: messageId, user_id: userId } of burned?.rows ?? [])
    rows.readBurned({ roomId, messageId, userId }, true)
  const wanted = sort(needs)
  for (const { roomId, userId } of wanted.members) rows.readMember(roomId, userId, undefined)
  for (const { roomId, messageId } of wanted.messages) rows.readMessage(roomId, messageId, undefined)
  for (const id of wanted.burned) rows.readBurned(id, false)
  for (const [index, { roomId }] of wanted.owners.entries())
    rows.readOwners(roomId, (owners[index]?.rows ?? []).map(readMember))
}

function sort(needs: readonly BatchNeed[]) {
  return {
    members: needs.filter((need) => need.kind === 'member'),
    messages: needs.filter((need) => need.kind === 'message'),
    burned: needs.filter((need) => need.kind === 'burned'),
    owners: needs.filter((need) => need.kind === 'owners'),
  }
}
