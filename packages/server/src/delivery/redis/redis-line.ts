/**
 * RedisLine is one connection to one Redis server. It ends once, for whatever reason, and isn't mended: who needs it opens
 * another, and so knows that nothing of the old one is left.
 */
import { createClient } from '@redis/client'
import type { Clock, Timer } from '../../clock.ts'

export class RedisLine {
  readonly address: RedisAddress
  readonly #client: RedisClient
  readonly #events: RedisLineEvents
  readonly #clock: Clock
  #heartbeat: Timer | undefined
  #isOpen = true

  /** Connects and signs in. Rejects when that fails, or takes longer than `OPEN_MS`. */
  static async open(address: RedisAddress, clock: Clock, events: RedisLineEvents): Promise<RedisLine> {
    const client = createRedisClient(address)
    let problem: unknown = new Error('The connection ended.')
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => {})
    client.on('error', (error) => {
      problem = error
      ended.reject(error)
    })
    client.on('end', () => ended.reject(problem))
    const timer = clock.after(OPEN_MS, () => ended.reject(new Error(`No answer within ${OPEN_MS} ms.`)))
    try {
      await Promise.race([client.connect(), ended.promise])
    } catch (error) {
      if (client.isOpen) client.destroy()
      throw error
    } finally {
      timer.stop()
    }
    const line = new RedisLine(address, client, clock, events)
    ended.promise.catch((error) => line.end(error))
    return line
  }

  private constructor(address: RedisAddress, client: RedisClient, clock: Clock, events: RedisLineEvents) {
    this.address = address
    this.#client = client
    this.#clock = clock
    this.#events = events
    client.on('sharded-channel-moved', () => events.onMoved())
    this.#beat()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Runs one command. Those of one turn of the event loop go out together. */
  run(args: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand([...args])
  }

  /** Fulfilled when the server says that what is published on these channels from now on will come. */
  subscribe(channels: readonly string[]): Promise<void> {
    return this.#client.sSubscribe([...channels], this.#events.onMessage)
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#client.sUnsubscribe([...channels], this.#events.onMessage)
  }

  /** Ends it: with an error, or because nobody needs it any more. */
  end(error?: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#heartbeat?.stop()
    if (this.#client.isOpen) this.#client.destroy()
    this.#events.onEnd(this, error)
  }

  /** A server that hangs, or that a network swallowed, takes bytes for a long time: only an answer says that it is there. */
  #beat(): void {
    this.#heartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      const patience = this.#clock.after(ANSWER_MS, () => this.end(new Error(`No answer within ${ANSWER_MS} ms.`)))
      this.run(['PING'])
        .catch((error) => this.end(error))
        .finally(() => {
          patience.stop()
          if (this.#isOpen) this.#beat()
        })
    })
  }
}

function createRedisClient(address: RedisAddress) {
  return createClient({
    url: address,
    name: 'parlor',
    RESP: 3,
    socket: { reconnectStrategy: false, connectTimeout: OPEN_MS },
    // What is said when nobody listens is lost and counted, never kept.
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    // A line that answers nothing ends by its heartbeat; a timer for each command would cost more than the command.
    commandOptions: { timeout: 0 },
  })
}

/** An order of magnitude more than a far region needs. */
const OPEN_MS = 5_000

/** A hanging server is noticed within 3 s: less than G4 leaves, so that it costs no more than a lost one. */
const HEARTBEAT_MS = 1_000
const ANSWER_MS = 2_000

// --- types ---

/** `redis://` or `rediss://`, with the credentials: never into a log, `nameOf` is for that. */
export type RedisAddress = string

export interface RedisLineEvents {
  onMessage(message: string, channel: string): void
  /** The server doesn't have some channel any more, for its slot went to another one. */
  onMoved(): void
  onEnd(line: RedisLine, error: unknown): void
}

type RedisClient = ReturnType<typeof createRedisClient>
