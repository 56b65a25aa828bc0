/** What happens to messages inside a transaction: sent, edited, deleted, taken back. */
import {
  ChatError,
  type MemberRow,
  type MessageCancelResult,
  type MessageChangeResult,
  type MessageRow,
  type MessageSendResult,
} from '@parlor/protocol'
import type { Committed } from '../change.ts'
import { isMember } from '../membership.ts'
import type { MessageDraft, MessageEdit, MessageTarget } from '../messages.ts'
import { type Access, canRead, requireAccess, requirePlace } from './access.ts'
import { admitUser, createIfBlank, roleOfReturning } from './members.ts'
import { RoomChanges } from './room-changes.ts'
import type { StoredMessage, StoredRoom, Transaction } from './rows.ts'

export function sendMessage(tx: Transaction, draft: MessageDraft): Committed<MessageSendResult> {
  const { actor, roomId, messageId, text, data, hash } = draft
  const user = actor.user
  // Before every other check: a retry of what is stored is never answered with what became of its sender since.
  const stored = tx.rows.findMessage(roomId, messageId)
  if (stored) {
    const { row } = stored
    if (row.user.id === user.id && stored.hash === hash) return unchanged({ id: messageId, seq: row.seq })
    if (row.user.id !== user.id) requireAccess(tx, 'room.read', draft)
    throw new ChatError('id_conflict')
  }
  const id = { roomId, messageId, userId: user.id }
  if (tx.rows.isBurned(id)) throw new ChatError('cancelled')
  let access: Access
  try {
    access = requireAuthor(tx, 'message.send', draft)
  } catch (error) {
    // The first try may still be on its way: what its sender was told has failed must not be stored later.
    if (draft.attempt > 1 && error instanceof ChatError && error.action === 'tell') tx.rows.burn(id, tx.nowMs)
    throw error
  }
  if (draft.after !== undefined && !tx.rows.findMessage(roomId, draft.after)) throw new ChatError('out_of_order')

  const changes = new RoomChanges(tx, access.room)
  enterRoom(tx, changes, access.member, draft)
  const message = changes.commitMessage('message.created', (seq) => ({
    row: {
      id: messageId,
      seq,
      version: seq,
      ordinal: changes.room.ordinal + 1,
      textVersion: seq,
      user: { id: user.id, name: user.name, picture: user.picture },
      text,
      ...(data !== undefined && { data }),
      createdAt: tx.nowMs,
      reactions: [],
    },
    hash,
    editId: null,
  }))
  return changes.answer({ id: messageId, seq: message.row.seq })
}

export function editMessage(tx: Transaction, edit: MessageEdit): Committed<MessageChangeResult> {
  const { actor, roomId, messageId } = edit
  const stored = tx.rows.findMessage(roomId, messageId)
  const isAuthor = stored?.row.user.id === actor.user.id
  if (stored && isAuthor && stored.editId === edit.editId) {
    return unchanged({ id: messageId, version: stored.row.textVersion })
  }
  const id = { roomId, messageId: edit.editId, userId: actor.user.id }
  let room: StoredRoom
  try {
    room = requireAccess(tx, 'room.read', edit).room
    if (stored && (isAuthor || actor.isServer)) requireAccess(tx, 'message.edit.own', edit)
  } catch (error) {
    // An earlier try may still be on its way: once refused, it must not be done when its author is let in again.
    if (isAuthor && !tx.rows.isBurned(id)) tx.rows.burn(id, tx.nowMs)
    throw error
  }
  if (!stored) throw new ChatError('message_not_found')
  if (!isAuthor && !actor.isServer) throw new ChatError('forbidden')
  if (tx.rows.isBurned(id)) throw new ChatError('cancelled')
  const { data: oldData, ...old } = stored.row
  if (old.deletedAt !== undefined) throw new ChatError('message_deleted')
  if (edit.baseVersion !== old.textVersion) throw new ChatError('edit_conflict')
  const text = edit.text ?? old.text
  const data = edit.data === undefined ? oldData : edit.data
  if (text.trim() === '' && !data) throw new ChatError('message_empty')

  const changes = new RoomChanges(tx, room)
  const { row } = changes.commitMessage('message.edited', (seq) => ({
    row: { ...old, text, ...(data && { data }), textVersion: seq, editedAt: tx.nowMs },
    hash: stored.hash,
    editId: edit.editId,
  }))
  return changes.answer({ id: messageId, version: row.version })
}

export function deleteMessage(tx: Transaction, deletion: MessageTarget): Committed<MessageChangeResult> {
  const { actor, roomId, messageId } = deletion
  const stored = tx.rows.findMessage(roomId, messageId)
  if (stored?.row.deletedBy === actor.user.id) return unchanged({ id: messageId, version: stored.row.version })
  const { room } = requireAccess(tx, 'room.read', deletion)
  if (!stored) throw new ChatError('message_not_found')
  const isAuthor = stored.row.user.id === actor.user.id
  requireAccess(tx, isAuthor ? 'message.delete.own' : 'message.delete.any', deletion)
  if (stored.row.deletedAt !== undefined) return unchanged({ id: messageId, version: stored.row.version })

  const changes = new RoomChanges(tx, room)
  const { row } = changes.commitMessage('message.deleted', () => ({
    ...stored,
    row: buried(stored, actor.user.id, tx.nowMs),
  }))
  return changes.answer({ id: messageId, version: row.version })
}

export function cancelMessage(tx: Transaction, cancellation: MessageTarget): Committed<MessageCancelResult> {
  const { actor, roomId, messageId } = cancellation
  const userId = actor.user.id
  const stored = tx.rows.findMessage(roomId, messageId)
  if (stored?.row.user.id === userId) return unchanged({ id: messageId, seq: stored.row.seq })
  if (stored && canRead(tx, cancellation, userId)) throw new ChatError('id_conflict')
  tx.rows.burn({ roomId, messageId, userId }, tx.nowMs)
  return unchanged({ id: messageId })
}

/** Who may write here now. The app's server may write as anybody, but doesn't undo a removal by it. */
export function requireAuthor(
  tx: Transaction,
  action: 'message.send' | 'message.react',
  target: MessageTarget,
): Access {
  const access = requireAccess(tx, action, target)
  if (access.standing === 'removed') throw new ChatError('removed')
  if (!isMember(access.member)) requirePlace(access.room)
  return access
}

/** Makes the room, if it is open and blank, and its actor a member, unless they are. A member without a name gets it. */
export function enterRoom(
  tx: Transaction,
  changes: RoomChanges,
  member: MemberRow | undefined,
  by: MessageTarget,
): void {
  if (isMember(member)) {
    const { name, picture } = by.actor.user
    // Added by somebody who knew only their id: nobody else can tell the room who they are.
    if (member.name === null && name !== null) changes.commitMember('member.updated', { ...member, name, picture })
    return
  }
  createIfBlank(tx, changes)
  admitUser(tx, changes, by.actor.user, roleOfReturning(member))
}

/** What operations answer that find everything as it should be. */
export function unchanged<T>(result: T): Committed<T> {
  return { result, changes: [] }
}

/** What a deleted message leaves. */
function buried({ row }: StoredMessage, deletedBy: string, deletedAt: number): MessageRow {
  const { id, seq, version, ordinal, textVersion, user, createdAt } = row
  return { id, seq, version, ordinal, textVersion, user, text: '', createdAt, deletedAt, deletedBy, reactions: [] }
}
