/**
 * RedisSubscriptions keeps the channels that this node follows subscribed: on whichever line has them, again on every new
 * line, many with one command. A channel that nobody follows any more stays for a moment, for most come back.
 */
import type { Clock, Timer } from '../../clock.ts'
import { slotOf } from './key-slot.ts'
import type { RedisLine } from './redis-line.ts'
import type { RedisServers } from './redis-servers.ts'

export class RedisSubscriptions {
  readonly #servers: RedisServers
  readonly #clock: Clock
  readonly #channels = new Map<string, Channel>()
  /** Channels to be looked at with the next flush. */
  readonly #dirty = new Set<string>()
  #lingering: Timer | undefined

  constructor(servers: RedisServers, clock: Clock) {
    this.#servers = servers
    this.#clock = clock
    servers.onChange(() => this.#review())
  }

  /**
   * Follows a channel. Fulfilled when what is published from then on will come, or when that isn't to be had at once: while
   * its server is out of reach nobody waits for it.
   */
  follow(name: string): Promise<void> {
    const channel = this.#channels.get(name) ?? { isWanted: true, line: undefined, asked: undefined, waiting: [] }
    this.#channels.set(name, channel)
    channel.isWanted = true
    const line = this.#servers.lineFor(name)
    if (!line || channel.line === line) return Promise.resolve()
    this.#touch(name)
    return new Promise((resolve) => channel.waiting.push(resolve))
  }

  /** Nobody here follows it any more. */
  leave(name: string): void {
    const channel = this.#channels.get(name)
    if (!channel) return
    channel.isWanted = false
    this.#lingering ??= this.#clock.after(LINGER_MS, () => {
      this.#lingering = undefined
      for (const [other, { isWanted }] of this.#channels) if (!isWanted) this.#touch(other)
    })
  }

  /** Subscribes on a new line to what it has. Rejects when that is refused for another reason than a move. */
  async prepare(line: RedisLine, has: (channel: string) => boolean): Promise<void> {
    const names: string[] = []
    for (const [name, channel] of this.#channels) if (channel.isWanted && has(name)) names.push(name)
    await this.#subscribe(line, names)
  }

  close(): void {
    this.#lingering?.stop()
    for (const channel of this.#channels.values()) settle(channel)
    this.#channels.clear()
  }

  #touch(name: string): void {
    if (this.#dirty.size === 0) this.#clock.soon(() => this.#flush())
    this.#dirty.add(name)
  }

  /** Lines came or went: whatever isn't where it should be is subscribed there. */
  #review(): void {
    for (const [name, channel] of this.#channels) {
      const line = this.#servers.lineFor(name)
      if (!line) settle(channel)
      else if (channel.isWanted && channel.line !== line) this.#touch(name)
    }
  }

  #flush(): void {
    const joins = new Map<RedisLine, string[]>()
    const leaves = new Map<RedisLine, string[]>()
    for (const name of this.#dirty) {
      const channel = this.#channels.get(name)
      if (!channel) continue
      const line = this.#servers.lineFor(name)
      if (!channel.isWanted) {
        this.#channels.delete(name)
        settle(channel)
        if (channel.asked?.isOpen) group(leaves, channel.asked).push(name)
      } else if (!line) settle(channel)
      else if (channel.asked !== line) {
        if (channel.asked?.isOpen) group(leaves, channel.asked).push(name)
        group(joins, line).push(name)
      }
    }
    this.#dirty.clear()
    // Sent before anything else can be: whoever follows a channel again must not be unsubscribed after that.
    for (const [line, names] of leaves) this.#unsubscribe(line, names)
    for (const [line, names] of joins) this.#subscribe(line, names).catch((error) => line.end(error))
  }

  async #subscribe(line: RedisLine, names: readonly string[]): Promise<void> {
    const batches = this.#batch(names)
    await Promise.all(
      batches.map(async (batch) => {
        const channels = batch.flatMap((name) => this.#channels.get(name) ?? [])
        for (const channel of channels) channel.asked = line
        try {
          await line.subscribe(batch)
          for (const channel of channels) if (channel.asked === line) channel.line = line
        } catch (error) {
          for (const channel of channels) if (channel.asked === line) channel.asked = undefined
          // It is looked for where it went; whoever waits needn't.
          if (!this.#servers.noteRefusal(error)) throw error
        } finally {
          for (const channel of channels) settle(channel)
        }
      }),
    )
  }

  #unsubscribe(line: RedisLine, names: readonly string[]): void {
    for (const batch of this.#batch(names)) {
      // Refused because it has moved, or because the line has ended: either way it isn't subscribed there.
      line.unsubscribe(batch).catch((error) => this.#servers.noteRefusal(error))
    }
  }

  /** A cluster takes channels of one slot in one command. */
  #batch(names: readonly string[]): string[][] {
    const bySlot = new Map<number, string[]>()
    for (const name of names) group(bySlot, this.#servers.isCluster ? slotOf(name) : 0).push(name)
    return [...bySlot.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / MOST_AT_ONCE) }, (_, index) =>
        group.slice(index * MOST_AT_ONCE, (index + 1) * MOST_AT_ONCE),
      ),
    )
  }
}

/** Whoever loses the connection is back within some seconds. */
const LINGER_MS = 5_000

/** Channels in one command: a server does nothing else meanwhile, for about a millisecond. */
const MOST_AT_ONCE = 1_000

function settle(channel: Channel): void {
  for (const resolve of channel.waiting) resolve()
  channel.waiting = []
}

function group<K>(groups: Map<K, string[]>, key: K): string[] {
  const names = groups.get(key) ?? []
  groups.set(key, names)
  return names
}

// --- types ---

interface Channel {
  isWanted: boolean
  /** Where it was asked for, and where that was confirmed. */
  asked: RedisLine | undefined
  line: RedisLine | undefined
  /** Who waits for the confirmation. */
  waiting: (() => void)[]
}
