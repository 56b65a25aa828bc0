/** Pages of a room's history, read inside a transaction. */
import { ChatError, type MessageListResult, type MessageRow } from '@parlor/protocol'
import type { MessageListQuery } from '../messages.ts'
import { requireReader } from './access.ts'
import type { Finds, Lists, Snapshot } from './rows.ts'

export function listMessages(tx: Snapshot, query: MessageListQuery): MessageListResult {
  const { room } = requireReader(tx, query, query.userId)
  return { epoch: room.epoch, head: room.head, ...readPage(tx.rows, query) }
}

/** The newest messages, oldest first. */
export function readNewest(rows: Finds & Lists, roomId: string, limit: number): Omit<Page, 'hasNewer'> {
  const found = rows.listMessagesBefore(roomId, ...NEWEST(limit))
  return { messages: found.slice(0, limit).reverse(), hasOlder: found.length > limit }
}

function readPage(rows: Finds & Lists, { roomId, before, after, around, limit }: MessageListQuery): Page {
  if (around !== undefined) return readAround(rows, roomId, around, limit)
  if (after !== undefined) {
    const found = rows.listMessagesAfter(roomId, after, limit + 1)
    const hasOlder = rows.listMessagesBefore(roomId, after + 1, 1).length > 0
    return { messages: found.slice(0, limit), hasOlder, hasNewer: found.length > limit }
  }
  if (before === undefined) return { ...readNewest(rows, roomId, limit), hasNewer: false }
  const found = rows.listMessagesBefore(roomId, before, limit + 1)
  const hasNewer = rows.listMessagesAfter(roomId, before - 1, 1).length > 0
  return { messages: found.slice(0, limit).reverse(), hasOlder: found.length > limit, hasNewer }
}

/** The message with its neighbours; where one side is short, the other fills the page. */
function readAround(rows: Finds & Lists, roomId: string, messageId: string, limit: number): Page {
  const middle = rows.findMessage(roomId, messageId)?.row
  if (!middle) throw new ChatError('message_not_found')
  const older = rows.listMessagesBefore(roomId, middle.seq, limit)
  const newer = rows.listMessagesAfter(roomId, middle.seq, limit)
  const others = limit - 1
  const half = Math.floor(others / 2)
  const newerCount = Math.min(newer.length, others - Math.min(half, older.length))
  const olderCount = Math.min(older.length, others - newerCount)
  return {
    messages: [...older.slice(0, olderCount).reverse(), middle, ...newer.slice(0, newerCount)],
    hasOlder: older.length > olderCount,
    hasNewer: newer.length > newerCount,
  }
}

/** How so many of the newest messages are asked for: before every seq there may be, and one more, to see if there are others. */
export const NEWEST = (limit: number): [before: number, limit: number] => [Number.MAX_SAFE_INTEGER, limit + 1]

// --- types ---

interface Page {
  messages: MessageRow[]
  hasOlder: boolean
  hasNewer: boolean
}
