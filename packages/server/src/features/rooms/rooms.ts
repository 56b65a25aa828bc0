/** Rooms decides about opening, joining, leaving and listing rooms. */
import {
  ChatError,
  DEFAULT_PAGE,
  type ResumePoint,
  type RoomJoinResult,
  type RoomLeaveResult,
  type RoomOpened,
  type RoomSummary,
  type RoomUpsertResult,
  type Snapshot,
  type User,
} from '@parlor/protocol'
import type { Feeds } from '../../delivery/feeds.ts'
import type { Publish } from '../../delivery/publish.ts'
import type { RoomStore, RoomUpsert } from '../../store/rooms.ts'
import type { Caller, ConnectedCaller } from '../caller.ts'
import type { IsOpenRoom } from '../open-rooms.ts'

export class Rooms {
  readonly #deps: RoomsDeps

  constructor(deps: RoomsDeps) {
    this.#deps = deps
  }

  /** Follows the room on the caller's connection. `deliver` gets the rows right before the first live event. */
  async open(caller: ConnectedCaller, room: RoomToOpen, deliver: (opened: RoomOpened) => void): Promise<void> {
    const { feeds, isOpenRoom, roomsPerConnection } = this.#deps
    const { roomId, since, limit = DEFAULT_PAGE } = room
    if (caller.openRooms.size >= roomsPerConnection && !caller.openRooms.has(roomId))
      throw new ChatError('too_many_rooms')
    caller.openRooms.add(roomId)
    const query = { roomId, userId: caller.user.id, isOpen: isOpenRoom(roomId), since, limit }
    try {
      await feeds.get(roomId).open(caller.reader, query, deliver)
    } catch (error) {
      // Opened again meanwhile, the room stays open by the later command.
      if (!feeds.find(roomId)?.has(caller.reader.id)) caller.openRooms.delete(roomId)
      throw error
    }
  }

  close(caller: ConnectedCaller, roomId: string): void {
    caller.openRooms.delete(roomId)
    this.#deps.feeds.find(roomId)?.close(caller.reader.id)
  }

  async join(caller: Caller, roomId: string): Promise<RoomJoinResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.joinRoom(this.#action(caller, roomId)))
  }

  async leave(caller: Caller, roomId: string): Promise<RoomLeaveResult> {
    const { store, publish } = this.#deps
    return publish(roomId, store.leaveRoom(this.#action(caller, roomId)))
  }

  async list(caller: Caller): Promise<RoomSummary[]> {
    return this.#deps.store.listRooms({ userId: caller.user.id, limit: LISTED_ROOMS })
  }

  /** The room as the caller sees it now, for a page's first HTML. */
  async snapshot(caller: Caller, roomId: string, limit: number = DEFAULT_PAGE): Promise<Snapshot> {
    const { store, isOpenRoom } = this.#deps
    const opened = await store.openRoom({ roomId, userId: caller.user.id, isOpen: isOpenRoom(roomId), limit })
    if (!opened.reset) throw new ChatError('internal', { message: 'A read without a position gave no rows.' })
    const { reason: _, ...rows } = opened.reset
    return { roomId, epoch: opened.epoch, head: opened.head, user: caller.user, me: opened.me, ...rows }
  }

  /** For the app's server. */
  async upsert(upsert: RoomUpsert): Promise<RoomUpsertResult> {
    const { store, publish } = this.#deps
    return publish(upsert.roomId, store.upsertRoom(upsert))
  }

  #action(caller: { user: User }, roomId: string) {
    return { actor: { user: caller.user }, roomId, isOpen: this.#deps.isOpenRoom(roomId) }
  }
}

/** Rooms in one answer to `room.list`: as many as a connection may open. */
const LISTED_ROOMS = 200

// --- types ---

export interface RoomsDeps {
  store: RoomStore
  feeds: Feeds
  publish: Publish
  isOpenRoom: IsOpenRoom
  roomsPerConnection: number
}

export interface RoomToOpen {
  roomId: string
  since?: ResumePoint | undefined
  limit?: number | undefined
}
