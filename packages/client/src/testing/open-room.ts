/** A room that is open already, and the service's words for what happens in it. */
import type { Event, MessageListResult, RoomOpened, Snapshot } from '@parlor/protocol'
import type { Gap } from '../types.ts'
import { createFakeClient } from './fake-runtime.ts'
import { ADA, memberRow, messageRow, opened, roomRow } from './rows.ts'

/** Ada's first HTML: one message of five. */
export const SNAPSHOT: Snapshot = {
  ...{ roomId: 'general', epoch: 'e1', head: 5, user: ADA, room: roomRow(), me: memberRow('ada', 2) },
  ...{ messages: [messageRow(5)], hasOlder: true, members: [memberRow('ada', 2)], membersComplete: true },
}

/** A client with one open room, and what it told. */
export async function openRoom(answer: RoomOpened) {
  const chat = createFakeClient()
  const room = chat.client.room('general')
  const events: number[] = []
  const gaps: Gap[] = []
  room.onEvent(({ seq }) => events.push(seq))
  room.onGap((gap) => gaps.push(gap))
  room.open()
  await chat.welcomeNow()
  await chat.openNow(answer)
  return { ...chat, room, events, gaps }
}

export function created(seq: number): Event {
  return { type: 'message.created', roomId: 'general', seq, message: messageRow(seq) }
}

export function older(head: number, messages: ReturnType<typeof messageRow>[]): RoomOpened {
  const room = opened(head, messages)
  return { ...room, reset: { ...(room.reset as NonNullable<RoomOpened['reset']>), hasOlder: true } }
}

export function ranged(from: number, to: number, messages: ReturnType<typeof messageRow>[]): RoomOpened {
  const { reset: _, ...room } = opened(to, [])
  return { ...room, range: { from, to, members: [], messages } }
}

export function list(head: number, messages: ReturnType<typeof messageRow>[]): MessageListResult {
  return { epoch: 'e1', head, messages, hasOlder: false, hasNewer: false }
}
