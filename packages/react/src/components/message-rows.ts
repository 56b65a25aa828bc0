/** MessageRows: the messages of a list, cut into days and into runs of one author. */
import type { Message } from '@parlor/client'
import type { Formats } from './formats.ts'

/** A run of one author ends at midnight, at somebody else's message, and after a pause. */
export function rowsOf(messages: readonly Message[], formats: Formats): MessageRow[] {
  const rows: MessageRow[] = []
  let before: MessageRow | undefined
  for (const message of messages) {
    const dayKey = formats.dayKey(message.createdAt)
    const startsDay = dayKey !== before?.dayKey
    const isFirst = startsDay || !before || !continues(before.message, message)
    if (before) before.isLast = isFirst
    before = { message, dayKey, startsDay, isFirst, isLast: true }
    rows.push(before)
  }
  return rows
}

/** A pause that ends a run: a new thought, mostly. */
const RUN_MS = 5 * 60_000

function continues(before: Message, message: Message): boolean {
  return before.user.id === message.user.id && message.createdAt - before.createdAt < RUN_MS
}

// --- types ---

export interface MessageRow {
  message: Message
  dayKey: string
  startsDay: boolean
  isFirst: boolean
  isLast: boolean
}
