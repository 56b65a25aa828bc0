/** BatchWrites puts what a batch has made into the database and commits it: one call, one round trip. */
import type { PoolClient } from 'pg'
import { memberValues, messageValues, roomValues, type Value } from '../operations/row-codec.ts'
import type { BatchRows } from './batch-rows.ts'
import { COLUMNS, SQL } from './sql.ts'
import { askAll, requireCommitted } from './transaction.ts'

/** Resolves after the commit. */
export async function writeRows(client: PoolClient, rows: BatchRows): Promise<void> {
  const newKeys = await takeKeys(client, rows.newRooms)
  const keyOf = (roomId: string): number => {
    const key = rows.keyOfRoom(roomId) ?? newKeys.get(roomId)
    if (key === undefined) throw new Error(`room ${roomId} has no key`)
    return key
  }
  const { rooms, epochs, members, inserted, updated, burned, revoked } = rows.written
  const made = rooms.map((room) => ({ key: keyOf(room.row.id), ...object(COLUMNS.rooms, roomValues(room)) }))
  const isNew = ({ key }: { key: number }) => [...newKeys.values()].includes(key)
  const stored = (of: typeof inserted) =>
    of.map(({ roomId, message }) => object(COLUMNS.messages, messageValues(keyOf(roomId), message)))
  const written = [
    newKeys.size === 0 ? [] : made.filter(isNew),
    newKeys.size === 0 ? made : made.filter((room) => !isNew(room)),
    epochs.map(({ roomId, epoch }) => object(COLUMNS.room_epochs, [keyOf(roomId), epoch.first, epoch.epoch])),
    members.map(({ roomId, member }) => object(COLUMNS.members, memberValues(keyOf(roomId), member))),
    stored(inserted),
    stored(updated),
    burned.map(({ messageId, roomId, userId, nowMs }) =>
      object(COLUMNS.burned_ids, [messageId, roomId, userId, nowMs]),
    ),
    revoked.map(({ sid, until }) => object(COLUMNS.revoked_sessions, [sid, until])),
  ]
  const values = [...written.map(json), revoked.at(-1)?.nowMs ?? null]
  const isNothing = written.every((rows) => rows.length === 0)
  const answers = await askAll(client, [isNothing ? undefined : { sql: SQL.writeBatch, values }, { sql: 'COMMIT' }])
  requireCommitted(answers.at(-1))
}

/** Keys that are taken and not used are no loss: nothing counts them. */
async function takeKeys(client: PoolClient, roomIds: readonly string[]): Promise<Map<string, number>> {
  if (roomIds.length === 0) return new Map()
  const { rows } = await client.query(SQL.takeKeys, [roomIds.length])
  return new Map(roomIds.map((roomId, index) => [roomId, Number(rows[index]?.key)]))
}

function json(rows: readonly object[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows)
}

function object(columns: readonly string[], values: readonly Value[]): Record<string, Value> {
  const row: Record<string, Value> = {}
  for (const [index, column] of columns.entries()) row[column] = values[index] ?? null
  return row
}
