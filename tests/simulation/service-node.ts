/** ServiceNode: one process of the service, from the real parts; only clock, store, bus and sockets are simulated. */
import { MAX_PAGE, type User } from '@parlor/protocol'
import type { Clock } from '../../packages/server/src/clock.ts'
import { type Config, createConfig } from '../../packages/server/src/config.ts'
import type { Bus } from '../../packages/server/src/delivery/bus.ts'
import { Feeds } from '../../packages/server/src/delivery/feeds.ts'
import { Flusher } from '../../packages/server/src/delivery/flusher.ts'
import { Hub } from '../../packages/server/src/delivery/hub.ts'
import { createPublish } from '../../packages/server/src/delivery/publish.ts'
import type { SignalBus } from '../../packages/server/src/delivery/signal-bus.ts'
import { createMemberCommands } from '../../packages/server/src/features/members/commands.ts'
import { Members } from '../../packages/server/src/features/members/members.ts'
import { createMessageCommands } from '../../packages/server/src/features/messages/commands.ts'
import { Messages, type MessagesDeps } from '../../packages/server/src/features/messages/messages.ts'
import { createIsOpenRoom } from '../../packages/server/src/features/open-rooms.ts'
import { createPresenceCommands } from '../../packages/server/src/features/presence/commands.ts'
import { Presence } from '../../packages/server/src/features/presence/presence.ts'
import { createReactionCommands } from '../../packages/server/src/features/reactions/commands.ts'
import { Reactions } from '../../packages/server/src/features/reactions/reactions.ts'
import { createRoomCommands } from '../../packages/server/src/features/rooms/commands.ts'
import { Rooms } from '../../packages/server/src/features/rooms/rooms.ts'
import { createTypingCommands } from '../../packages/server/src/features/typing/commands.ts'
import { Typing } from '../../packages/server/src/features/typing/typing.ts'
import { Connection } from '../../packages/server/src/gateway/connection.ts'
import type { ConnectionContext } from '../../packages/server/src/gateway/connection-context.ts'
import { createDispatch } from '../../packages/server/src/gateway/dispatch.ts'
import type { Logger } from '../../packages/server/src/log.ts'
import { RateLimit } from '../../packages/server/src/token-bucket.ts'
import type { Link } from './link.ts'
import type { NodeStore } from './simulated-store.ts'
import type { Totals } from './totals.ts'
import type { VirtualTime } from './virtual-time.ts'

export class ServiceNode {
  readonly rooms: Rooms
  readonly members: Members
  readonly messages: Messages
  readonly #parts: NodeParts
  readonly #feeds: Feeds
  readonly #clock: Clock
  readonly #context: ConnectionContext
  readonly #connections = new Map<Connection, Link>()
  #isAlive = true
  #isDraining = false
  #count = 0
  #tailResumes = 0

  constructor(parts: NodeParts) {
    const { time, store, bus } = parts
    this.#parts = parts
    const clock: Clock = {
      now: () => time.now,
      elapsed: () => time.now,
      after: (ms, callback) => {
        const due = time.after(ms, () => this.#isAlive && callback())
        return {
          stop: () => {
            due.isStopped = true
          },
        }
      },
      soon: (callback) => void clock.after(0, callback),
    }
    this.#clock = clock
    const flusher = new Flusher({ clock, maxWaitMs: CONFIG.flushMaxWaitMs })
    const memoryBytes = CONFIG.tailCacheBytes
    const hub = new Hub({ flusher, clock, beatMs: CONFIG.flushMaxWaitMs })
    const feeds = new Feeds({ store, bus, hub, clock, memoryBytes, onError: () => {} })
    this.#feeds = feeds
    const publish = createPublish(bus, feeds)
    const signals = {
      ...{ clock, counts: { told: 0, dropped: 0 }, compressFromBytes: 0, signalBus: parts.signalBus },
      audienceOf: (roomId: string) => hub.audienceOf(roomId),
      isFollowing: (roomId: string, connectionId: string) => feeds.find(roomId)?.isFollowedBy(connectionId) ?? false,
    }
    const typing = new Typing(signals)
    const presence = new Presence({ ...signals, readersOf: (roomId) => feeds.find(roomId)?.readers() ?? [] })
    feeds.onJoined = (roomId, reader) => {
      typing.joined(roomId, reader)
      presence.joined(roomId, reader)
    }
    feeds.onLeft = (roomId, reader) => {
      typing.left(roomId, reader)
      presence.left(roomId, reader)
    }
    const isOpenRoom = createIsOpenRoom(CONFIG.publicRooms)
    const userRate = new RateLimit(CONFIG.sendsPerSecond, CONFIG.sendsBurst, clock.now)
    const roomRate = new RateLimit(CONFIG.roomSendsPerSecond, CONFIG.roomSendsPerSecond, clock.now)
    const { maxTextChars, roomsPerConnection } = CONFIG
    const rooms = new Rooms({ store, feeds, publish, isOpenRoom, roomsPerConnection })
    const members = new Members({ store, publish, isOpenRoom })
    const onSent: MessagesDeps['onSent'] = (caller, roomId) => typing.sent(caller, roomId)
    const messages = new Messages({ store, publish, isOpenRoom, userRate, roomRate, maxTextChars, onSent })
    const reactions = new Reactions({ store, publish, isOpenRoom })
    this.rooms = rooms
    this.members = members
    this.messages = messages
    this.#context = {
      config: CONFIG,
      clock,
      flusher,
      log: createErrorLog(parts.onErrorLogged),
      metrics: { countCommand: () => {}, countClose: () => {} },
      dispatch: createDispatch({
        rooms: createRoomCommands(rooms),
        members: createMemberCommands(members),
        messages: createMessageCommands(messages),
        reactions: createReactionCommands(reactions),
        typing: createTypingCommands(typing),
        presence: createPresenceCommands(presence),
        now: clock.now,
      }),
      welcomeLimits: { textChars: maxTextChars, frameBytes: CONFIG.maxFrameBytes, roomsPerConnection, page: MAX_PAGE },
      authenticate: async (token) => {
        const { user, expiresAt } = JSON.parse(token) as { user: User; expiresAt: number }
        return { kind: 'chat', user, expiresAt }
      },
      isRevoked: () => false,
      admit: () => {},
      openRoom: (caller, room, deliver) => rooms.open(caller, room, deliver),
      leaveRooms: (caller) => {
        for (const roomId of caller.openRooms) feeds.find(roomId)?.close(caller.reader.id)
        presence.forget(caller.reader.id)
      },
      onClosed: (connection) => void this.#connections.delete(connection),
    }
    this.#tick()
  }

  get isTaking(): boolean {
    return this.#isAlive && !this.#isDraining
  }

  accept(link: Link): void {
    this.#count += 1
    const id = `${this.#parts.name}-${this.#count}`
    this.#connections.set(new Connection(id, '127.0.0.1', link.accept(), this.#context, NO_COOKIE), link)
  }

  /** Asks everybody to come back later, as before a restart. */
  drain(random: () => number): void {
    this.#isDraining = true
    for (const connection of [...this.#connections.keys()]) {
      const reconnectAfterMs = Math.floor(random() * 2_000)
      connection.enqueueItem(JSON.stringify({ type: 'connection.draining', reconnectAfterMs }))
      connection.close('restart', 'draining')
    }
  }

  /** Dies between two instructions: its memory is gone, its timers and promises never go on. */
  crash(random: () => number): void {
    this.#isAlive = false
    this.#countTailResumes()
    this.#parts.store.die()
    this.#feeds.stop()
    void this.#parts.bus.close()
    this.#parts.signalBus.stop()
    for (const link of this.#connections.values()) link.killServer(random() < 0.8 ? random() * 50 : undefined, random)
    this.#connections.clear()
  }

  #countTailResumes(): void {
    const { recalls } = this.#feeds.counts
    this.#parts.totals.count('tail resumes', recalls - this.#tailResumes)
    this.#tailResumes = recalls
  }

  #tick(): void {
    this.#clock.after(TICK_MS, () => {
      this.#countTailResumes()
      for (const connection of [...this.#connections.keys()]) connection.tick()
      this.#tick()
    })
  }
}

/** All that the parts here use of a log. A real one costs more to make than a node. */
function createErrorLog(onErrorLogged: (line: string) => void): Logger {
  const error = (facts: { err?: unknown }, text: string): void => onErrorLogged(`${text}: ${describe(facts.err)}`)
  return { error } as Logger
}

function describe(error: unknown): unknown {
  return error instanceof Error ? error.stack : error
}

/** The service's own. */
const TICK_MS = 500

/** As shipped, but for the gathering of flushes, which measures real time. */
const CONFIG: Config = createConfig({ publicRooms: ['general'], databaseUrl: 'memory:' })

const NO_COOKIE = Promise.resolve(undefined)

// --- types ---

export interface NodeParts {
  name: string
  time: VirtualTime
  totals: Totals
  store: NodeStore
  bus: Bus
  signalBus: SignalBus
  /** The service logged an error: something happened that nobody had thought of. */
  onErrorLogged(line: string): void
}
