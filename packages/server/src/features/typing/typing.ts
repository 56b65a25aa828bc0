/** Typing knows who is writing in which room, and forgets it by itself. */
import { ChatError, MAX_TYPERS, TYPING_TTL_MS, type TypingSignal } from '@parlor/protocol'
import type { Clock, Timer } from '../../clock.ts'
import type { Reader } from '../../delivery/room-feed.ts'
import type { SignalBus } from '../../delivery/signal-bus.ts'
import { SignalTopic, type SignalTopicDeps } from '../../delivery/signal-topic.ts'
import type { Caller, ConnectedCaller } from '../caller.ts'

export class Typing {
  readonly #deps: TypingDeps
  /** Only rooms in which somebody writes, or did a moment ago. */
  readonly #rooms = new Map<string, WritingRoom>()

  constructor(deps: TypingDeps) {
    this.#deps = deps
    deps.signalBus.onHeard((roomId, kind, said) => {
      if (kind !== 'typing' || (said.length === 0 && !this.#rooms.has(roomId))) return
      const room = this.#get(roomId)
      room.elsewhere = said
      room.topic.changed()
    })
  }

  /** Refuses, as for an unknown room, who doesn't follow it on this connection. */
  set(caller: ConnectedCaller, roomId: string, on: boolean): void {
    const { clock, isFollowing } = this.#deps
    if (!isFollowing(roomId, caller.reader.id)) throw new ChatError('room_not_found', { hint: NOT_OPEN_HINT })
    if (!on) {
      this.#end(roomId, caller.reader.id)
      return
    }
    const room = this.#get(roomId)
    const { id, name } = caller.user
    room.writers.set(caller.reader.id, { user: { id, name }, until: clock.elapsed() + TYPING_TTL_MS })
    this.#arm(room)
    this.#changed(room)
  }

  /** What was written was sent. Whoever got the message has taken the writer away by themselves. */
  sent(caller: Caller, roomId: string): void {
    const room = this.#rooms.get(roomId)
    if (!room || !caller.reader || !room.writers.delete(caller.reader.id)) return
    this.#changed(room)
    room.topic.repeat()
  }

  /** A connection follows a room live from now on, perhaps again: then it may have missed that somebody stopped. */
  joined(roomId: string, reader: Reader): void {
    this.#rooms.get(roomId)?.topic.add(reader)
  }

  /** A connection doesn't follow a room any more, for whatever reason. */
  left(roomId: string, reader: Reader): void {
    this.#end(roomId, reader.id)
  }

  stop(): void {
    for (const room of this.#rooms.values()) this.#drop(room)
  }

  #end(roomId: string, connectionId: string): void {
    const room = this.#rooms.get(roomId)
    if (room?.writers.delete(connectionId)) this.#changed(room)
  }

  #changed(room: WritingRoom): void {
    this.#deps.signalBus.say(room.id, 'typing', usersOf(room))
    room.topic.changed()
  }

  #get(roomId: string): WritingRoom {
    const found = this.#rooms.get(roomId)
    if (found) return found
    const { clock, counts, compressFromBytes, audienceOf } = this.#deps
    const room: WritingRoom = {
      id: roomId,
      writers: new Map(),
      elsewhere: [],
      timer: undefined,
      restTimer: undefined,
      topic: new SignalTopic({
        clock,
        counts,
        compressFromBytes,
        read: () => signalOf(room),
        audience: () => audienceOf(roomId),
        onRest: () => {
          room.restTimer ??= clock.after(KEPT_MS, () => {
            room.restTimer = undefined
            if (room.writers.size === 0 && room.elsewhere.length === 0) this.#drop(room)
          })
        },
      }),
    }
    this.#rooms.set(roomId, room)
    return room
  }

  /** Nothing of it goes on: it would speak for the room that may come after it. */
  #drop(room: WritingRoom): void {
    room.topic.stop()
    room.timer?.stop()
    room.restTimer?.stop()
    this.#rooms.delete(room.id)
  }

  /** One timer for a room: it looks who wasn't heard of for too long, and goes on. */
  #arm(room: WritingRoom): void {
    if (room.timer || room.writers.size === 0) return
    const { clock } = this.#deps
    const firstEnd = Math.min(...[...room.writers.values()].map(({ until }) => until))
    room.timer = clock.after(Math.max(0, firstEnd - clock.elapsed()), () => {
      room.timer = undefined
      const now = clock.elapsed()
      for (const [connectionId, { until }] of room.writers) if (until <= now) room.writers.delete(connectionId)
      this.#changed(room)
      this.#arm(room)
    })
  }
}

/**
 * That nobody writes any more is remembered this long, for whoever was being brought up to date when it was told: a read
 * takes a few seconds at most.
 */
const KEPT_MS = 60_000

const NOT_OPEN_HINT = 'Open the room on this connection first.'

/** People, not connections, in the order in which they began. */
function usersOf(room: WritingRoom): TypingSignal['users'] {
  return [...new Map([...room.writers.values()].map(({ user }) => [user.id, user])).values()]
}

function signalOf(room: WritingRoom): TypingSignal {
  const users = new Map([...usersOf(room), ...room.elsewhere].map((user) => [user.id, user]))
  return { type: 'typing', roomId: room.id, users: [...users.values()].slice(0, MAX_TYPERS), count: users.size }
}

// --- types ---

export interface TypingDeps extends Pick<SignalTopicDeps, 'counts' | 'compressFromBytes'> {
  clock: Clock
  signalBus: SignalBus
  /** Whether the connection has the room open, and was let in. */
  isFollowing(roomId: string, connectionId: string): boolean
  /** Who follows the room live on this node. */
  audienceOf(roomId: string): ReturnType<SignalTopicDeps['audience']>
}

interface WritingRoom {
  id: string
  /** By connection: several of one user may write. */
  writers: Map<string, Writer>
  /** Who writes on other nodes. */
  elsewhere: readonly TypingSignal['users'][number][]
  /** For the first writer who ends by themselves, and for the end of the room. */
  timer: Timer | undefined
  restTimer: Timer | undefined
  topic: SignalTopic
}

interface Writer {
  user: TypingSignal['users'][number]
  until: number
}
