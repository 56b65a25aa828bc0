/** MessagesView: rows, the changes over them and the outbox as the one list that is shown. */
import type { JsonObject, MessageRow, Reaction, User } from '@parlor/protocol'
import type { Change } from './changes.ts'
import type { Entry } from './outbox-entry.ts'
import type { Message, MessageReaction } from './types.ts'

export interface MessagesView {
  /** The list now. Messages that look as before are the same objects, and the list is the same array if all are. */
  read(sources: MessageSources): readonly Message[]
}

/**
 * A room may have ten thousand rows and a hundred changes a second: what stands where it stood, of the same row object, is
 * taken over without a look into it.
 */
export function createMessagesView(): MessagesView {
  let list: readonly Message[] = []
  /** What the list was made of, place by place. */
  let places: readonly Shown[] = []
  /** By the row or the entry that a message was made of last. */
  let made = new WeakMap<MessageRow | Entry, Shown>()
  let madeFor: string | undefined

  const show = (
    source: Shown['source'],
    changes: Shown['changes'],
    viewer: User | null,
    make: () => Message,
  ): Shown => {
    const old = made.get(source)
    // An entry shows its author whole, a row only which reactions are theirs.
    if (old && old.changes === changes && ('ordinal' in source || old.viewer === viewer)) return old
    const shown = { source, changes, viewer, message: make() }
    made.set(source, shown)
    return shown
  }

  return {
    read({ roomId, rows, entries, changesOver, viewer }) {
      if (viewer?.id !== madeFor) {
        made = new WeakMap()
        places = []
        madeFor = viewer?.id
      }
      const next = rows.map((row, at) => {
        const changes = changesOver(row.id)
        const before = places[at]
        if (before?.source === row && before.changes === changes) return before
        return show(row, changes, viewer, () => ofRow(roomId, row, changes, viewer))
      })
      const rowIds = entries.length > 0 ? new Set(rows.map(({ id }) => id)) : NO_IDS
      for (const entry of entries) {
        // A row is always newer than the entry it came from.
        if (entry.phase === 'cancelling' || rowIds.has(entry.id)) continue
        next.push(show(entry, undefined, viewer, () => ofEntry(roomId, entry, viewer)))
      }
      places = next
      if (next.length !== list.length || next.some(({ message }, at) => message !== list[at])) {
        list = next.map(({ message }) => message)
      }
      return list
    },
  }
}

function ofRow(roomId: string, row: MessageRow, changes: readonly Change[], viewer: User | null): Message {
  const { deletedAt, deletedBy, editedAt } = row
  const shown: Overlaid = { text: row.text, data: row.data, editedAt, deletedAt, deletedBy, reactions: row.reactions }
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

function overlay(shown: Overlaid, change: Change, viewer: User | null): void {
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

const NO_IDS: ReadonlySet<string> = new Set()

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

/** A message and what it is made of: the same parts give the same message. */
interface Shown {
  source: MessageRow | Entry
  /** Undefined for an entry. */
  changes: readonly Change[] | undefined
  viewer: User | null
  message: Message
}

interface Overlaid {
  text: string
  data: JsonObject | undefined
  editedAt: number | undefined
  deletedAt: number | undefined
  deletedBy: string | undefined
  reactions: readonly Reaction[]
}
