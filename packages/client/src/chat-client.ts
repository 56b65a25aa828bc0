/** createChatClient: a connection to the service and the rooms on it; the wiring, on one page. */
import {
  DEFAULT_PAGE,
  type HelloCommand,
  type JsonObject,
  MAX_FRAME_BYTES,
  type RoomListResult,
} from '@parlor/protocol'
import { createAddress } from './address.ts'
import { createAttention } from './attention.ts'
import { readClaims } from './claims.ts'
import type { Cancel } from './clock.ts'
import { createConnection } from './connection.ts'
import { defer, refuse } from './deferred.ts'
import type { Signal } from './environment.ts'
import { ChatError } from './errors.ts'
import { createNotifier, createTopic } from './notifier.ts'
import { createOffline, NO_OFFLINE } from './offline/offline.ts'
import { createPatience, PATIENCE_MS } from './patience.ts'
import { createRoom, type RoomCore } from './room.ts'
import { createRuntime } from './runtime.ts'
import { takePage } from './tabs/page.ts'
import { createSharedTransport } from './tabs/shared-transport.ts'
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
  if (options.shareConnection !== false) runtime.transport = createSharedTransport(runtime, runtime.transport)
  const notifier = createNotifier()
  const topic = createTopic()
  const rooms = new Map<string, RoomCore>()
  /** Ids of rooms that were closed, the last one last. */
  const closed = new Set<string>()
  const address = createAddress(options.url)
  let stopListening: (() => void) | undefined
  let stopForgetting: Cancel | undefined
  let isDestroyed = false
  /** Whose rows and messages are held, as far as anybody has said. */
  let heldFor: string | undefined

  const offline =
    options.offline === false
      ? NO_OFFLINE
      : createOffline({
          clock: runtime.clock,
          newId: runtime.newId,
          openStorage: () => runtime.openStorage(`parlor ${address.socketUrl()}`) ?? undefined,
          async takePage() {
            const { locks, tabMemory: memory, clock, newId } = runtime
            return locks ? await takePage({ locks, memory, clock, newId }, address.socketUrl()) : undefined
          },
          makeRoom: (roomId) => void findOrMake(roomId),
          onUser: () => {
            for (const room of rooms.values()) room.connectionChanged()
          },
          batch: (run) => notifier.batch(run),
        })

  const connection = createConnection({
    runtime,
    token: createTokenSource(options, runtime),
    address,
    userId: options.userId,
    prepare(token) {
      const claimed = token === undefined ? undefined : readClaims(token)?.sub
      return meet(options.userId ?? claimed, typeof options.userId === 'string')
    },
    helloRooms,
    onChange() {
      notifier.changed(topic)
      for (const room of rooms.values()) room.connectionChanged()
    },
    onUp: ({ named, user }) =>
      notifier.batch(() => {
        void meet(user.id, true)
        offline.confirm(user)
        for (const [roomId, room] of rooms) room.up(named.has(roomId))
        patience.up()
        attention.up()
      }),
    onDown: () =>
      notifier.batch(() => {
        for (const room of rooms.values()) room.down()
      }),
    onDenied: (error) =>
      notifier.batch(() => {
        patience.fail(error)
        if (SIGNED_OUT.has(error.code)) offline.leave(error.code === 'signed_out')
      }),
    onFrame: (read) => notifier.batch(read),
    onItem(item) {
      rooms.get(item.roomId)?.receive(item)
      if (item.type === 'room.opened' || item.type === 'room.closed') connection.answered(item.roomId)
    },
  })
  const attention = createAttention({
    clock: runtime.clock,
    tell(state) {
      if (connection.isUp() && connection.knowsSignals()) connection.ask({ type: 'presence.set', state }, IGNORED)
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
  /** This user is there. Nothing of one user may be shown to the next, or sent in their name. */
  function meet(userId: string | undefined, isSure: boolean): Promise<void> | undefined {
    if (userId === undefined) return undefined
    const isOther = heldFor !== undefined && heldFor !== userId
    heldFor = userId
    // First, so that what is dropped for the next user isn't taken for what the last one did.
    const entering = offline.enter(userId, isSure)
    if (isOther) forgetUser()
    return entering
  }
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
    if (options.userId === null) {
      stopForgetting ??= runtime.clock.after(NOBODY_MS, () => void offline.forget())
      return
    }
    if (!stopListening) {
      stopListening = runtime.environment.listen((signal) => notifier.batch(() => hear(signal)))
      offline.resume()
    }
    void meet(options.userId ?? heldFor, options.userId !== undefined)
    notifier.batch(connection.connect)
  }
  function hear(signal: Signal): void {
    attention.hear(signal)
    if (signal === 'hidden') {
      offline.flush()
      return
    }
    if (signal === 'suspend') offline.suspend()
    else if (signal !== 'offline') offline.resume()
    connection.signal(signal)
  }
  function findOrMake(roomId: string): RoomCore {
    const found = rooms.get(roomId)
    if (found) return found
    const room = createRoom(roomId, {
      ...{ link: connection, patience, notifier, runtime, offline, connect },
      pageSize: options.pageSize ?? DEFAULT_PAGE,
      connection: connection.getSnapshot,
      limits: connection.limits,
      knowsSignals: connection.knowsSignals,
      expectedUser: options.userId ? { id: options.userId, name: null, picture: null } : null,
      onSettled: () => connection.answered(roomId),
      onClosed() {
        // The service doesn't answer any more for a room that is closed.
        connection.answered(roomId)
        keep(roomId)
      },
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
      stopForgetting?.()
      stopForgetting = undefined
      attention.stop()
      offline.suspend()
      notifier.batch(connection.disconnect)
    },
    retry: () => notifier.batch(connection.retry),
    destroy() {
      if (isDestroyed) return
      isDestroyed = true
      stopListening?.()
      stopForgetting?.()
      attention.stop()
      offline.close()
      notifier.batch(() => {
        connection.disconnect()
        patience.fail(CLOSED)
        for (const room of rooms.values()) room.end(CLOSED)
      })
    },
    forget: offline.forget,
    getSnapshot: connection.getSnapshot,
    subscribe: topic.subscribe,
    room<Data extends JsonObject>(roomId: string, { initial }: RoomOptions = {}) {
      const room = findOrMake(roomId)
      if (initial && (options.userId ?? initial.user.id) === initial.user.id) {
        heldFor ??= initial.user.id
        room.seed(initial)
      }
      offline.offer(roomId)
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

/** What says that whoever was there isn't any more: nobody is signed in on this device, or somebody else may be. */
const SIGNED_OUT: ReadonlySet<string> = new Set(['signed_out', 'session_revoked', 'user_changed'])

/** A session that is still being loaded looks like none: only one that stays away so long is over. */
const NOBODY_MS = 5_000

const CLOSED = new ChatError('client_closed')

const IGNORED = { ok: () => {}, error: () => {} }
