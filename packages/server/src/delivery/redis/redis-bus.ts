/**
 * RedisBus is the bus of many nodes: sharded pub/sub, a channel for each room. It tells at most once and keeps nothing:
 * what is published while Redis is out of reach is lost, and the feeds find it by the heads of their rooms (G4).
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Logger } from '../../log.ts'
import type { Change } from '../../store/change.ts'
import type { Bus, Notice, Spent, Subscription } from '../bus.ts'
import type { RedisAddress, RedisLine } from './redis-line.ts'
import { RedisServers } from './redis-servers.ts'
import { RedisSubscriptions } from './redis-subscriptions.ts'

export class RedisBus implements Bus {
  readonly isComplete = false
  /** For whatever else nodes share in Redis. */
  readonly servers: RedisServers
  readonly #options: RedisBusOptions
  readonly #subscriptions: RedisSubscriptions
  readonly #noticeChannel: string
  readonly #spentChannel: string
  readonly #rooms = new Map<string, Set<(changes: readonly Change[]) => void>>()
  readonly #noticeListeners = new Set<(notice: Notice) => void>()
  readonly #spentListeners = new Set<(spent: Spent) => void>()
  readonly #restoredListeners = new Set<() => void>()
  readonly #signalListeners = new Set<SignalListener>()
  /** Changes of this turn of the event loop, by room. */
  #outgoing = new Map<string, Change[]>()
  /** This node, in front of whatever it says: it has heard that before, and nearer. */
  readonly #origin = randomBytes(9).toString('base64url')
  #unansweredBytes = 0
  #wasUp = false
  #lost = 0

  constructor(options: RedisBusOptions) {
    const { addresses, clock, log, prefix } = options
    this.#options = options
    this.#noticeChannel = `${prefix}:notices`
    this.#spentChannel = `${prefix}:spent`
    this.servers = new RedisServers({
      addresses,
      clock,
      log,
      onMessage: (message, channel) => this.#receive(message, channel),
      prepare: (line, has) => this.#subscriptions.prepare(line, has),
    })
    this.#subscriptions = new RedisSubscriptions(this.servers, clock)
    this.servers.onChange(() => this.#noteChange())
    void this.#subscriptions.follow(this.#noticeChannel)
    void this.#subscriptions.follow(this.#spentChannel)
    this.servers.start()
  }

  get isUp(): boolean {
    return this.servers.isUp
  }

  get lost(): number {
    return this.#lost
  }

  publish(roomId: string, changes: readonly Change[]): void {
    for (const listener of this.#rooms.get(roomId) ?? []) listener(changes)
    if (this.#outgoing.size === 0) this.#options.clock.soon(() => this.#flush())
    const outgoing = this.#outgoing.get(roomId)
    if (outgoing) outgoing.push(...changes)
    else this.#outgoing.set(roomId, [...changes])
  }

  subscribe(roomId: string, listener: (changes: readonly Change[]) => void): Subscription {
    const channel = this.#channelOf(roomId)
    const listeners = this.#rooms.get(roomId) ?? new Set()
    this.#rooms.set(roomId, listeners.add(listener))
    return {
      ready: this.#subscriptions.follow(channel),
      close: () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        this.#rooms.delete(roomId)
        this.#subscriptions.leave(channel)
      },
    }
  }

  notify(notice: Notice): void {
    for (const listener of this.#noticeListeners) listener(notice)
    this.#send(this.#noticeChannel, notice)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#noticeListeners.add(listener)
  }

  onRestored(listener: () => void): void {
    this.#restoredListeners.add(listener)
  }

  /** Tells the other nodes that follow the room something that needn't arrive: under pressure it is left out first. */
  signal(roomId: string, signal: object): void {
    this.#sendIfEasy(this.#channelOf(roomId), signal)
  }

  /** Follows the signals of rooms that are followed. `origin` names the node that says it, since its start. */
  onSignal(listener: SignalListener): void {
    this.#signalListeners.add(listener)
  }

  tellSpent(spent: Spent): void {
    this.#sendIfEasy(this.#spentChannel, spent)
  }

  onSpent(listener: (spent: Spent) => void): void {
    this.#spentListeners.add(listener)
  }

  async close(): Promise<void> {
    this.servers.close()
    this.#subscriptions.close()
    this.#rooms.clear()
    this.#outgoing.clear()
    this.#noticeListeners.clear()
    this.#spentListeners.clear()
    this.#restoredListeners.clear()
    this.#signalListeners.clear()
  }

  #flush(): void {
    const outgoing = this.#outgoing
    this.#outgoing = new Map()
    for (const [roomId, changes] of outgoing) this.#send(this.#channelOf(roomId), changes)
  }

  /** Says it once and doesn't wait. What can't be said now is lost, so that a Redis that hangs costs no memory. */
  #send(channel: string, content: readonly Change[] | Notice): void {
    const line = this.servers.lineFor(channel)
    const message = this.#encode(content)
    if (!line || this.#unansweredBytes + message.length > MOST_UNANSWERED_BYTES) {
      this.#lost++
      return
    }
    this.#say(line, channel, message).catch((error) => {
      this.#lost++
      this.servers.noteRefusal(error)
    })
  }

  /** Says what needn't arrive, while little is under way. */
  #sendIfEasy(channel: string, content: object): void {
    const line = this.servers.lineFor(channel)
    const message = this.#encode(content)
    if (line && this.#unansweredBytes + message.length <= MOST_UNANSWERED_BYTES / 16)
      this.#say(line, channel, message).catch((error) => this.servers.noteRefusal(error))
  }

  #say(line: RedisLine, channel: string, message: string): Promise<unknown> {
    this.#unansweredBytes += message.length
    return line.run(['SPUBLISH', channel, message]).finally(() => {
      this.#unansweredBytes -= message.length
    })
  }

  #encode(content: unknown): string {
    return `${FORMAT}${this.#origin}${JSON.stringify(content)}`
  }

  #receive(message: string, channel: string): void {
    // A node of another version may speak in another way; what isn't understood counts as lost.
    if (!message.startsWith(FORMAT) || message.startsWith(this.#origin, FORMAT.length)) return
    const headLength = FORMAT.length + this.#origin.length
    const content = parse(message.slice(headLength))
    if (typeof content !== 'object' || content === null) return
    const roomId = channel.slice(this.#channelOf('').length)
    if (channel === this.#noticeChannel) for (const listener of this.#noticeListeners) listener(content as Notice)
    else if (channel === this.#spentChannel) for (const listener of this.#spentListeners) listener(content as Spent)
    else if (Array.isArray(content)) for (const listener of this.#rooms.get(roomId) ?? []) listener(content)
    else {
      const origin = message.slice(FORMAT.length, headLength)
      for (const listener of this.#signalListeners) listener(roomId, origin, content)
    }
  }

  #noteChange(): void {
    const { isUp } = this
    if (isUp && !this.#wasUp) for (const listener of this.#restoredListeners) listener()
    this.#wasUp = isUp
  }

  #channelOf(roomId: string): string {
    return `${this.#options.prefix}:room:${roomId}`
  }
}

/** In front of every message. Another one when its form changes. */
const FORMAT = '1'

/** What may be on its way to Redis: a second of more than any node publishes. */
const MOST_UNANSWERED_BYTES = 16_777_216

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

// --- types ---

export type SignalListener = (roomId: string, origin: string, signal: object) => void

export interface RedisBusOptions {
  /** The only server, or some servers of a cluster. */
  addresses: readonly RedisAddress[]
  /** In front of every channel: services that share a Redis don't hear each other. */
  prefix: string
  clock: Clock
  log: Logger
}
