/** Rows and answers as a service would send them, for tests. */
import type { MemberRow, MessageRow, RoomOpened, RoomRow, User, Welcome } from '@parlor/protocol'

export const ADA: User = { id: 'ada', name: 'Ada', picture: null }
export const BOB: User = { id: 'bob', name: 'Bob', picture: null }

export function roomRow(more: Partial<RoomRow> = {}): RoomRow {
  return { id: 'general', kind: 'public', name: null, memberCount: 1, floor: 1, createdAt: 1, version: 1, ...more }
}

export function memberRow(userId: string, version: number, more: Partial<MemberRow> = {}): MemberRow {
  return { userId, name: userId, picture: null, role: 'member', joinedAt: version, version, ...more }
}

/** A message created at `seq`, and as it was at `version`. Its id tells its seq. */
export function messageRow(seq: number, version = seq, more: Partial<MessageRow> = {}): MessageRow {
  const text = version === seq ? `text ${seq}` : `text ${seq} at ${version}`
  const base = { id: `m${seq}`, seq, version, ordinal: seq, textVersion: version, user: BOB, text, createdAt: seq }
  return { ...base, reactions: [], ...more }
}

export function welcome(more: Partial<Welcome> = {}): Welcome {
  return {
    protocol: 2,
    connectionId: 'c1',
    user: ADA,
    expiresAt: 601_000,
    serverTime: 1_000,
    heartbeatMs: 25_000,
    limits: { textChars: 4_000, frameBytes: 65_536, roomsPerConnection: 200, page: 100 },
    ...more,
  }
}

/** A fresh room at `head` with these messages. */
export function opened(head: number, messages: MessageRow[], more: Partial<RoomOpened> = {}): RoomOpened {
  return {
    roomId: 'general',
    epoch: 'e1',
    head,
    me: memberRow('ada', 2),
    reset: {
      reason: 'fresh',
      room: roomRow(),
      messages,
      hasOlder: false,
      members: [memberRow('ada', 2)],
      membersComplete: true,
    },
    ...more,
  }
}
