/** What a user's list of rooms shows, and the heads that a node compares its feeds with. */
import type { RoomSummary } from '@parlor/protocol'
import { isMember } from '../membership.ts'
import type { RoomHead } from '../rooms.ts'
import { readNewest } from './history.ts'
import type { Snapshot } from './rows.ts'

export function listRooms(tx: Snapshot, { userId, limit }: { userId: string; limit: number }): RoomSummary[] {
  return tx.rows.listRooms(userId, limit).map((room) => {
    const roomId = room.row.id
    const member = tx.rows.findMember(roomId, userId)
    const [lastMessage = null] = readNewest(tx.rows, roomId, 1).messages
    return { room: room.row, me: isMember(member) ? member : null, head: room.head, lastMessage }
  })
}

export function readHeads(tx: Snapshot, roomIds: readonly string[]): Map<string, RoomHead> {
  const heads = new Map<string, RoomHead>()
  for (const roomId of roomIds) {
    const room = tx.rows.findRoom(roomId)
    if (room) heads.set(roomId, { epoch: room.epoch, head: room.head })
  }
  return heads
}
