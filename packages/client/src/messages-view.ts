/** MessagesView: rows, the changes over them and the outbox as the one list that is shown. */
import type { JsonObject, MessageRow, Reaction, User } from '@parlor/protocol'
import type { Change } from './changes.ts'
import type { Entry } from './outbox-entry.ts'
import type { Message, MessageReaction } from './types.ts'

export interface MessagesView {
  /** The list now. Messages that look as before are the same objects, and the list is the same array if all are. */
  read(sources: MessageSources): readonly Message[]
}

export function createMessagesView(): MessagesView {
  let cache = new Map<string, Cached>()
  let list: readonly Message[] = []

  return {
    read({ roomId, rows, entries, changesOver, viewer }) {
      const next = new Map<string, Cached>()
      const show = (id: string, parts: Parts, make: () => Message): void => {
        const old = cache.get(id)
        next.set(id, old && isSame(old.parts, parts) ? old : { parts, message: make() })
      }
      for (const row of rows) {
        const changes = changesOver(row.id)
        show(row.id, [row, changes, viewer?.id], () => ofRow(roomId, row, changes, viewer))
      }
      for (const entry of entries) {
        // A row is always newer than the entry it came from.
        if (entry.phase === 'cancelling' || next.has(entry.id)) continue
        show(entry.id, [entry, undefined, viewer], () => ofEntry(roomId, entry, viewer))
      }
      const messages = Array.from(next.values(), ({ message }) => message)
      cache = next
      if (messages.length !== list.length || messages.some((message, at) => message !== list[at])) list = messages
      return list
    },
  }
}

function ofRow(roomId: string, row: MessageRow, changes: readonly Change[], viewer: User | null): Message {
  const { deletedAt, deletedBy, editedAt } = row
  const shown: Shown = { text: row.text, data: row.data, editedAt, deletedAt, deletedBy, reactions: row.reactions }
  if (deletedAt === undefined) for (const change of changes) overlay(shown, change, viewer)
  return {
    id: row.id,
    roomId,
    seq: row.seq,
    version: row.version,
    user: row.user,
    text: shown.text,
    ...(shown.data && { data: shown.data }),
    createdAt: row.createdAt,
    ...(shown.editedAt !== undefined && { editedAt: shown.editedAt }),
    ...(shown.deletedAt !== undefined && { deletedAt: shown.deletedAt }),
    ...(shown.deletedBy !== undefined && { deletedBy: shown.deletedBy }),
    reactions: shown.reactions.map((reaction) => withMine(reaction, viewer)),
    status: shown.deletedAt === undefined ? 'sent' : 'deleted',
    isChanging: deletedAt === undefined && changes.length > 0,
  }
}

function ofEntry(roomId: string, entry: Entry, viewer: User | null): Message {
  return {
    id: entry.id,
    roomId,
    ...(entry.seq !== undefined && { seq: entry.seq, version: entry.seq }),
    user: viewer ?? UNKNOWN,
    text: entry.text,
    ...(entry.data && { data: entry.data }),
    createdAt: entry.createdAt,
    reactions: [],
    status: STATUS[entry.phase],
    isChanging: false,
    ...(entry.phase === 'failed' && entry.error && { error: entry.error }),
  }
}

function overlay(shown: Shown, change: Change, viewer: User | null): void {
  if (change.kind === 'edit') {
    if (change.text !== undefined) shown.text = change.text
    if (change.data !== undefined) shown.data = change.data ?? undefined
    shown.editedAt = change.at
  } else if (change.kind === 'delete') {
    Object.assign(shown, { text: '', data: undefined, reactions: [], deletedAt: change.at, deletedBy: viewer?.id })
  } else if (viewer) shown.reactions = react(shown.reactions, change.emoji, viewer.id, change.on)
}

function react(reactions: readonly Reaction[], emoji: string, userId: string, on: boolean): readonly Reaction[] {
  const found = reactions.find((reaction) => reaction.emoji === emoji)
  if (!found) return on ? [...reactions, { emoji, userIds: [userId] }] : reactions
  if (found.userIds.includes(userId) === on) return reactions
  const userIds = on ? [...found.userIds, userId] : found.userIds.filter((id) => id !== userId)
  return reactions
    .map((reaction) => (reaction === found ? { emoji, userIds } : reaction))
    .filter((reaction) => reaction.userIds.length > 0)
}

function withMine({ emoji, userIds }: Reaction, viewer: User | null): MessageReaction {
  return { emoji, userIds, mine: viewer !== null && userIds.includes(viewer.id) }
}

function isSame(one: Parts, other: Parts): boolean {
  return one[0] === other[0] && one[1] === other[1] && one[2] === other[2]
}

/** Whose message it is before anybody has said who is signed in. */
const UNKNOWN: User = { id: '', name: null, picture: null }

const STATUS = {
  waiting: 'pending',
  refused: 'pending',
  cancelling: 'pending',
  stored: 'sent',
  failed: 'failed',
} as const

// --- types ---

export interface MessageSources {
  roomId: string
  rows: readonly MessageRow[]
  entries: readonly Entry[]
  changesOver(id: string): readonly Change[]
  viewer: User | null
}

/** What a message is made of: the same parts give the same message. */
type Parts = readonly [MessageRow | Entry, readonly Change[] | undefined, unknown]

interface Cached {
  parts: Parts
  message: Message
}

interface Shown {
  text: string
  data: JsonObject | undefined
  editedAt: number | undefined
  deletedAt: number | undefined
  deletedBy: string | undefined
  reactions: readonly Reaction[]
}
