/** createChatClient: a connection to the service and the rooms on it; the wiring, on one page. */
import {
  DEFAULT_PAGE,
  type HelloCommand,
  type JsonObject,
  MAX_FRAME_BYTES,
  type RoomListResult,
} from '@parlor/protocol'
import { createAddress } from './address.ts'
import { createConnection } from './connection.ts'
import { defer, refuse } from './deferred.ts'
import { ChatError } from './errors.ts'
import { createNotifier, createTopic } from './notifier.ts'
import { createPatience, PATIENCE_MS } from './patience.ts'
import { createRoom, type RoomCore } from './room.ts'
import { createRuntime } from './runtime.ts'
import { createTokenSource } from './token.ts'
import type { ChatClient, ChatClientOptions, Room, RoomOptions } from './types.ts'

/** Rows of rooms that nobody has open are kept for the last this many, so that going back shows them at once. */
const KEPT_ROOMS = 20

/** Share of the first frame that rooms may take; the token and the rest need their own. */
const HELLO_ROOMS_CHARS = MAX_FRAME_BYTES / 2

/**
 * A client of the chat service. Nothing connects, and no global is touched, before the first `connect()`, `room.open()`
 * or send, so it can be made during a server render. Throws a `TypeError` if `url` is no address.
 *
 * ```ts
 * const client = createChatClient({ url: 'https://chat.example.com' })
 * const room = client.room('general')
 * room.subscribe(() => console.log(room.getSnapshot().messages))
 * room.open()
 * await room.send('hi')
 * ```
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const runtime = createRuntime(options.runtime)
  const notifier = createNotifier()
  const topic = createTopic()
  const rooms = new Map<string, RoomCore>()
  /** Ids of rooms that were closed, the last one last. */
  const closed = new Set<string>()
  let stopListening: (() => void) | undefined
  let isDestroyed = false

  const connection = createConnection({
    runtime,
    token: createTokenSource(options, runtime),
    address: createAddress(options.url),
    userId: options.userId,
    helloRooms,
    onChange() {
      notifier.changed(topic)
      for (const room of rooms.values()) room.connectionChanged()
    },
    onUp: ({ named, isOtherUser }) =>
      notifier.batch(() => {
        if (isOtherUser) forgetUser()
        for (const [roomId, room] of rooms) room.up(named.has(roomId))
        patience.up()
      }),
    onDown: () =>
      notifier.batch(() => {
        for (const room of rooms.values()) room.down()
      }),
    onDenied: (error) => notifier.batch(() => patience.fail(error)),
    onFrame: (read) => notifier.batch(read),
    onItem(item) {
      rooms.get(item.roomId)?.receive(item)
      if (item.type === 'room.opened' || item.type === 'room.closed') connection.answered(item.roomId)
    },
  })
  const patience = createPatience({ link: connection, clock: runtime.clock, random: runtime.random })

  /** Rooms to resume, as many as fit the first frame; the others are opened one by one after it. */
  function helloRooms(): NonNullable<HelloCommand['rooms']> {
    const named: NonNullable<HelloCommand['rooms']> = []
    let left = HELLO_ROOMS_CHARS
    for (const [roomId, room] of rooms) {
      const point = room.resumePoint()
      if (!point) continue
      const entry = { roomId, ...point }
      left -= JSON.stringify(entry).length
      if (left < 0) break
      named.push(entry)
    }
    return named
  }
  /** Nothing of one user may be shown to the next, or sent in their name. */
  function forgetUser(): void {
    const error = new ChatError('user_changed')
    patience.fail(error)
    for (const room of rooms.values()) room.forgetUser(error)
  }
  function keep(roomId: string): void {
    closed.delete(roomId)
    closed.add(roomId)
    for (const id of closed) {
      if (closed.size <= KEPT_ROOMS) return
      closed.delete(id)
      const room = rooms.get(id)
      if (room && !room.isOpen()) room.forget()
    }
  }
  function connect(): void {
    if (isDestroyed) return
    stopListening ??= runtime.environment.listen((signal) => notifier.batch(() => connection.signal(signal)))
    notifier.batch(connection.connect)
  }
  function findOrMake(roomId: string): RoomCore {
    const found = rooms.get(roomId)
    if (found) return found
    const room = createRoom(roomId, {
      ...{ link: connection, patience, notifier, runtime, connect },
      pageSize: options.pageSize ?? DEFAULT_PAGE,
      connection: connection.getSnapshot,
      limits: connection.limits,
      expectedUser: options.userId ? { id: options.userId, name: null, picture: null } : null,
      onSettled: () => connection.answered(roomId),
      onClosed: () => keep(roomId),
    })
    rooms.set(roomId, room)
    if (isDestroyed) room.end(CLOSED)
    return room
  }

  return {
    connect,
    disconnect() {
      // The page must not keep a client that nobody connects again.
      stopListening?.()
      stopListening = undefined
      notifier.batch(connection.disconnect)
    },
    retry: () => notifier.batch(connection.retry),
    destroy() {
      if (isDestroyed) return
      isDestroyed = true
      stopListening?.()
      notifier.batch(() => {
        connection.disconnect()
        patience.fail(CLOSED)
        for (const room of rooms.values()) room.end(CLOSED)
      })
    },
    getSnapshot: connection.getSnapshot,
    subscribe: topic.subscribe,
    room<Data extends JsonObject>(roomId: string, { initial }: RoomOptions = {}) {
      const room = findOrMake(roomId)
      if (initial) room.seed(initial)
      // The app says what its data look like; nothing in here looks into them.
      return room.handle as unknown as Room<Data>
    },
    listRooms() {
      if (isDestroyed) return refuse(CLOSED)
      const { promise, resolve, reject } = defer<RoomListResult['rooms']>()
      connect()
      patience.ask(() => ({ type: 'room.list' }), { ok: ({ rooms }) => resolve(rooms), error: reject }, PATIENCE_MS)
      return promise
    },
  }
}

const CLOSED = new ChatError('client_closed')
