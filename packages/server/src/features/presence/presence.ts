/** Presence tells those who ask who is in a room. A room that nobody asks about costs hardly anything. */
import {
  ChatError,
  MAX_PRESENT_LISTED,
  PRESENT_SAMPLE,
  type PresenceSignal,
  type PresenceState,
  type PresentUser,
} from '@parlor/protocol'
import type { Clock, Timer } from '../../clock.ts'
import type { Reader } from '../../delivery/room-feed.ts'
import { ASKED_FOR_MS, type SignalBus } from '../../delivery/signal-bus.ts'
import { SignalTopic, type SignalTopicDeps } from '../../delivery/signal-topic.ts'
import type { ConnectedCaller } from '../caller.ts'
import { LINGER_MS, RoomPresence } from './room-presence.ts'

export class Presence {
  readonly #deps: PresenceDeps
  readonly #rooms = new Map<string, WatchedRoom>()
  /** Connections whose user looks elsewhere. */
  readonly #away = new Set<string>()
  readonly #startedAt: number
  #isStopped = false

  constructor(deps: PresenceDeps) {
    this.#deps = deps
    this.#startedAt = deps.clock.elapsed()
    deps.signalBus.onHeard((roomId, kind, said) => {
      const room = kind === 'presence' ? this.#rooms.get(roomId) : undefined
      if (!room) return
      room.elsewhere = said as readonly PresentUser[]
      room.topic.changed()
    })
    deps.signalBus.onAsked((roomId) => {
      const room = this.#get(roomId)
      room.askedUntil = deps.clock.elapsed() + ASKED_FOR_MS
      room.topic.changed()
    })
    deps.signalBus.onWholeChanged(() => {
      for (const room of this.#rooms.values()) if (room.watchers.size > 0) room.topic.changed()
    })
    this.#scheduleCheck()
  }

  /** Refuses, as for an unknown room, who doesn't follow it on this connection. */
  watch({ reader }: ConnectedCaller, roomId: string, on: boolean): void {
    const { clock, signalBus, isFollowing } = this.#deps
    if (!isFollowing(roomId, reader.id)) throw new ChatError('room_not_found', { hint: NOT_OPEN_HINT })
    const room = on ? this.#get(roomId) : this.#rooms.get(roomId)
    if (!room) return
    if (on) {
      if (room.watchers.size === 0) signalBus.ask(roomId)
      room.watchers.add(reader)
      room.topic.add(reader)
    } else this.#unwatch(room, reader, clock.elapsed())
  }

  /** How the user of this connection is. */
  set(caller: ConnectedCaller, state: PresenceState): void {
    if (state === 'away') this.#away.add(caller.reader.id)
    else this.#away.delete(caller.reader.id)
    for (const roomId of caller.openRooms) this.#rooms.get(roomId)?.topic.changed()
  }

  /** A connection follows a room live from now on, perhaps again: then it may have missed something. */
  joined(roomId: string, reader: Reader): void {
    const room = this.#rooms.get(roomId)
    if (!room) this.#announce(roomId)
    if (room?.watchers.has(reader)) room.topic.add(reader)
    room?.topic.changed()
  }

  /** A connection doesn't follow a room any more: on purpose, or because it is over. */
  left(roomId: string, reader: Reader): void {
    const room = this.#rooms.get(roomId)
    if (!room) {
      this.#retract(roomId, reader)
      return
    }
    const now = this.#deps.clock.elapsed()
    this.#unwatch(room, reader, now)
    for (const person of this.#peopleOf([reader])) {
      if (reader.isClosed) room.people.linger(person, now)
      else room.people.leave(person.id)
    }
    this.#armLinger(room)
    room.topic.changed()
  }

  /** The connection is over, and has left all its rooms. */
  forget(connectionId: string): void {
    this.#away.delete(connectionId)
  }

  stop(): void {
    this.#isStopped = true
    for (const room of this.#rooms.values()) this.#drop(room)
  }

  /**
   * What was asked before this node followed the room wasn't heard here: of the first one who comes, the others are told
   * anyway. Whoever wants to know more asks again before they forget it.
   */
  #announce(roomId: string): void {
    const [first, another] = this.#deps.readersOf(roomId)
    if (first && !another) this.#deps.signalBus.say(roomId, 'presence', [...this.#peopleOf([first])])
  }

  /** Whoever was told of, and closes the room before anybody asks, goes at once. */
  #retract(roomId: string, reader: Reader): void {
    const [another] = this.#deps.readersOf(roomId)
    if (!another && !reader.isClosed) this.#deps.signalBus.say(roomId, 'presence', [])
  }

  #get(roomId: string): WatchedRoom {
    const found = this.#rooms.get(roomId)
    if (found) return found
    const { clock, counts, compressFromBytes, audienceOf } = this.#deps
    const watchers = new Set<Reader>()
    const room: WatchedRoom = {
      id: roomId,
      people: new RoomPresence(),
      watchers,
      elsewhere: [],
      keptUntil: 0,
      askedUntil: 0,
      lingerTimer: undefined,
      topic: new SignalTopic({
        clock,
        counts,
        compressFromBytes,
        read: () => this.#look(room),
        audience: () => new Set([...watchers].filter((reader) => audienceOf(roomId).has(reader))),
      }),
    }
    this.#rooms.set(roomId, room)
    return room
  }

  #look(room: WatchedRoom): PresenceSignal {
    const { clock, signalBus, readersOf } = this.#deps
    const now = clock.elapsed()
    const here = room.people.look(this.#peopleOf(readersOf(room.id)), now)
    if (room.askedUntil > now) signalBus.say(room.id, 'presence', here)
    const isDegraded = now - this.#startedAt < LINGER_MS || !signalBus.isWhole
    return signalOf(room.id, merge(here, room.elsewhere), isDegraded)
  }

  *#peopleOf(readers: Iterable<Reader>): Iterable<PresentUser> {
    for (const { id, user } of readers)
      if (user) yield { id: user.id, name: user.name, state: this.#away.has(id) ? 'away' : 'online' }
  }

  #unwatch(room: WatchedRoom, reader: Reader, now: number): void {
    if (room.watchers.delete(reader) && room.watchers.size === 0) room.keptUntil = now + KEPT_MS
  }

  #armLinger(room: WatchedRoom): void {
    const { clock } = this.#deps
    const now = clock.elapsed()
    const end = room.lingerTimer ? undefined : room.people.nextEnd(now)
    if (end === undefined) return
    room.lingerTimer = clock.after(end - now, () => {
      room.lingerTimer = undefined
      room.topic.changed()
      this.#armLinger(room)
    })
  }

  /** Every room is looked at again now and then, whatever was or wasn't heard; what nobody watches is let go of. */
  #scheduleCheck(): void {
    this.#deps.clock.after(LINGER_MS, () => {
      if (this.#isStopped) return
      for (const room of this.#rooms.values()) this.#check(room)
      this.#scheduleCheck()
    })
  }

  #check(room: WatchedRoom): void {
    const { clock, signalBus } = this.#deps
    const isWatched = room.watchers.size > 0
    if (isWatched) signalBus.ask(room.id)
    if (isWatched || Math.max(room.keptUntil, room.askedUntil) > clock.elapsed()) room.topic.changed()
    else this.#drop(room)
  }

  #drop(room: WatchedRoom): void {
    room.topic.stop()
    room.lingerTimer?.stop()
    this.#rooms.delete(room.id)
  }
}

/** Who is in a room is remembered this long after the last watcher went: they may be the ones who reconnect. */
const KEPT_MS = 30_000

const NOT_OPEN_HINT = 'Open the room on this connection first.'

function merge(here: readonly PresentUser[], elsewhere: readonly PresentUser[]): PresentUser[] {
  const people = new Map(here.map((person) => [person.id, person]))
  for (const person of elsewhere) if (people.get(person.id)?.state !== 'online') people.set(person.id, person)
  return [...people.values()]
}

function signalOf(roomId: string, people: readonly PresentUser[], isDegraded: boolean): PresenceSignal {
  return {
    type: 'presence',
    roomId,
    users: people.length > MAX_PRESENT_LISTED ? people.slice(0, PRESENT_SAMPLE) : [...people],
    count: people.length,
    ...(isDegraded && { isDegraded }),
  }
}

// --- types ---

export interface PresenceDeps extends Pick<SignalTopicDeps, 'counts' | 'compressFromBytes'> {
  clock: Clock
  signalBus: SignalBus
  /** Whether the connection has the room open, and was let in. */
  isFollowing(roomId: string, connectionId: string): boolean
  /** Who follows the room live on this node. */
  audienceOf(roomId: string): ReturnType<SignalTopicDeps['audience']>
  /** Who follows it, live or being brought up to date. */
  readersOf(roomId: string): Iterable<Reader>
}

interface WatchedRoom {
  id: string
  people: RoomPresence
  watchers: Set<Reader>
  /** Who is there on other nodes. */
  elsewhere: readonly PresentUser[]
  /** Until when it is kept though nobody here watches. */
  keptUntil: number
  /** Until when other nodes want to know. */
  askedUntil: number
  lingerTimer: Timer | undefined
  topic: SignalTopic
}
