/** What happens to a message's reactions inside a transaction. */
import {
  ChatError,
  MAX_EMOJI_PER_MESSAGE,
  MAX_REACTIONS_PER_MESSAGE,
  type MessageChangeResult,
  type Reaction,
} from '@parlor/protocol'
import type { Committed } from '../change.ts'
import type { ReactionChange } from '../reactions.ts'
import { enterRoom, requireAuthor, unchanged } from './messages.ts'
import { RoomChanges } from './room-changes.ts'
import type { Transaction } from './rows.ts'

export function setReaction(tx: Transaction, change: ReactionChange): Committed<MessageChangeResult> {
  const { actor, roomId, messageId, emoji, on } = change
  const access = requireAuthor(tx, 'message.react', change)
  const stored = tx.rows.findMessage(roomId, messageId)
  if (!stored) throw new ChatError('message_not_found')
  const { row } = stored
  if (row.deletedAt !== undefined) throw new ChatError('message_deleted')
  const isOn = row.reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(actor.user.id))
  if (isOn === on) return unchanged({ id: messageId, version: row.version })
  const reactions = on ? added(row.reactions, emoji, actor.user.id) : cleared(row.reactions, emoji, actor.user.id)

  const changes = new RoomChanges(tx, access.room)
  // Who takes back what they said before they left doesn't come back by it.
  if (on) enterRoom(tx, changes, access.member, change)
  const message = changes.commitMessage('message.reacted', () => ({ ...stored, row: { ...row, reactions } }))
  return changes.answer({ id: messageId, version: message.row.version })
}

function added(reactions: readonly Reaction[], emoji: string, userId: string): Reaction[] {
  const total = reactions.reduce((sum, reaction) => sum + reaction.userIds.length, 0)
  const isNew = reactions.every((reaction) => reaction.emoji !== emoji)
  if (total >= MAX_REACTIONS_PER_MESSAGE || (isNew && reactions.length >= MAX_EMOJI_PER_MESSAGE)) {
    throw new ChatError('reaction_limit')
  }
  if (isNew) return [...reactions, { emoji, userIds: [userId] }]
  return reactions.map((reaction) =>
    reaction.emoji === emoji ? { emoji, userIds: [...reaction.userIds, userId] } : reaction,
  )
}

function cleared(reactions: readonly Reaction[], emoji: string, userId: string): Reaction[] {
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji ? { emoji, userIds: reaction.userIds.filter((id) => id !== userId) } : reaction,
    )
    .filter((reaction) => reaction.userIds.length > 0)
}
