/** How readers come to stand at a room's head: all that they need of it is read together, inside one transaction. */
import { MAX_CATCH_UP_ROWS, MEMBERS_ON_OPEN, type MemberRow, type RoomOpened } from '@parlor/protocol'
import { findRefusal, isValid, needsPage, type RecentChanges, type RoomPicture, rangeFrom } from '../room-picture.ts'
import type { ChangesQuery, RoomQuery } from '../rooms.ts'
import { readNewest } from './history.ts'
import { blankRoom, type Finds, type Lists, type Snapshot, type StoredRoom } from './rows.ts'

/** A dozen statements at most, however many readers there are. Nothing is read that no reader is to see. */
export function readRoom({ rows }: Snapshot, { roomId, isOpen, readers, extra }: RoomQuery): RoomPicture {
  const room = rows.findRoom(roomId) ?? (isOpen ? blankRoom(roomId) : undefined)
  const members = new Map<string, MemberRow | null>(readers.map(({ userId }) => [userId, null]))
  for (const member of rows.findMembers(roomId, [...members.keys()])) members.set(member.userId, member)
  const picture: RoomPicture = {
    roomId,
    room: room?.row,
    head: room?.head ?? 0,
    epoch: room?.epoch ?? '',
    epochs: [],
    members,
    hasAllMembers: false,
    changes: { after: room?.head ?? 0, isCut: false, members: [], messages: [] },
    page: undefined,
    messageSeqs: new Map(),
    foreignEpochs: [],
  }
  const admitted = readers.filter(({ userId }) => findRefusal(picture, userId) === undefined)
  if (!room || admitted.length === 0) return picture
  picture.epochs = rows.listEpochs(roomId)
  const epochs = new Set(picture.epochs.map(({ epoch }) => epoch))
  const named = admitted.flatMap(({ since }) => since?.epoch ?? [])
  picture.foreignEpochs = [...new Set(named)].filter((epoch) => !epochs.has(epoch))
  picture.messageSeqs = rows.findMessageSeqs(
    roomId,
    admitted.flatMap(({ since }) => (since?.newest ? [since.newest.id] : [])),
  )
  const positions = admitted.flatMap(({ since }) => (since && isValid(picture, since) ? [since.seq] : []))
  picture.changes = readRecentChanges(rows, room, extra ? 0 : Math.min(room.head, ...positions))
  const toReset = admitted.filter((reader) => needsPage(picture, reader))
  if (toReset.length > 0) {
    const limit = Math.max(...toReset.map((reader) => reader.limit))
    picture.page = { ...readNewest(rows, roomId, limit), members: rows.listLeadingMembers(roomId, MEMBERS_ON_OPEN) }
  }
  if (extra) picture.hasAllMembers = addMembers(rows, roomId, members, extra.members)
  return picture
}

export function readChanges(tx: Snapshot, { roomId, epoch, from }: ChangesQuery): RoomOpened | undefined {
  const room = tx.rows.findRoom(roomId) ?? blankRoom(roomId)
  const history = { room: room.row, head: room.head, epochs: tx.rows.listEpochs(roomId) }
  if (!isValid(history, { epoch, seq: from })) return undefined
  const range = rangeFrom({ ...history, changes: readRecentChanges(tx.rows, room, from) }, from)
  return range && { roomId, epoch: room.epoch, head: room.head, me: null, range }
}

/** The newest changes above `from`. Where they are more than a catch-up may send, those above the first one too many. */
function readRecentChanges(rows: Finds & Lists, room: StoredRoom, from: number): RecentChanges {
  const roomId = room.row.id
  if (from >= room.head) return { after: from, isCut: false, members: [], messages: [] }
  const members = rows.listNewestMembers(roomId, from, MAX_CATCH_UP_ROWS + 1)
  const messages = rows.listNewestChanged(roomId, from, MAX_CATCH_UP_ROWS + 1)
  const versions = [...members, ...messages].map(({ version }) => version).sort((a, b) => b - a)
  const cut = versions[MAX_CATCH_UP_ROWS]
  const after = cut ?? from
  return {
    after,
    isCut: cut !== undefined,
    members: members.filter(({ version }) => version > after).sort((a, b) => a.version - b.version),
    messages: messages.filter(({ version }) => version > after).sort((a, b) => a.seq - b.seq),
  }
}

/** Adds everybody's row, or `limit` of them. Whether that was everybody. */
function addMembers(
  rows: Finds & Lists,
  roomId: string,
  members: Map<string, MemberRow | null>,
  limit: number,
): boolean {
  const found = rows.listChangedMembers(roomId, 0, limit + 1)
  for (const member of found.slice(0, limit)) members.set(member.userId, member)
  return found.length <= limit
}
