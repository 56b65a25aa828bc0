/**
 * RedisServers holds a line to every Redis server that we need: to the only one, or to each master of a cluster. Lines
 * that end are replaced, and who has what is asked again, until `close`. Nothing here is kept for later: what is said to a
 * server that isn't there is refused.
 */
import type { Clock, Timer } from '../../clock.ts'
import type { Logger } from '../../log.ts'
import { type RedisAddress, RedisLine } from './redis-line.ts'
import { nameOf, type RedisTopology, readTopology } from './redis-topology.ts'

export class RedisServers {
  readonly #options: RedisServersOptions
  readonly #lines = new Map<RedisAddress, RedisLine>()
  /** Those of the lines that are prepared. */
  readonly #ready = new Set<RedisLine>()
  readonly #listeners = new Set<() => void>()
  #topology: RedisTopology | undefined
  #timer: Timer | undefined
  #isTending = false
  #mustTend = false
  #failures = 0
  #isClosed = false
  #wasUp: boolean | undefined

  constructor(options: RedisServersOptions) {
    this.#options = options
  }

  /** Begins to connect. Whether that works shows in `isUp`. */
  start(): void {
    void this.#tend()
  }

  /** There is a prepared line to every server that has anything. */
  get isUp(): boolean {
    return this.#topology?.owners.every((owner) => this.#readyLine(owner)) ?? false
  }

  get isCluster(): boolean {
    return this.#topology?.isCluster ?? false
  }

  /** The line to the server that has this channel or key, if there is one now. */
  lineFor(key: string): RedisLine | undefined {
    return this.#readyLine(this.#topology?.ownerOf(key))
  }

  /** Runs a command at the server that has this key. Rejects at once when that can't be reached. */
  async run(key: string, args: readonly string[]): Promise<unknown> {
    const line = this.lineFor(key)
    if (!line) throw new Error('Redis is out of reach.')
    try {
      return await line.run(args)
    } catch (error) {
      this.noteRefusal(error)
      throw error
    }
  }

  /** Called when a line came or went, and when something belongs to another server now. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Something was refused: if that is because its slot has moved, who has what is asked again. Tells whether it is. */
  noteRefusal(error: unknown): boolean {
    const isElsewhere = error instanceof Error && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY)\b/.test(error.message)
    if (isElsewhere) this.#tendSoon()
    return isElsewhere
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.stop()
    this.#listeners.clear()
    for (const line of this.#lines.values()) line.end()
  }

  #readyLine(owner: RedisAddress | undefined): RedisLine | undefined {
    const line = owner === undefined ? undefined : this.#lines.get(owner)
    return line && this.#ready.has(line) ? line : undefined
  }

  /** Asks who has what, then opens and ends lines until that is so. One at a time, and never rejects. */
  async #tend(): Promise<void> {
    this.#timer?.stop()
    this.#timer = undefined
    this.#isTending = true
    this.#mustTend = false
    try {
      await this.#arrange()
      this.#failures = 0
    } catch (error) {
      this.#failures++
      this.#mustTend = true
      this.#tell(error)
    }
    this.#isTending = false
    if (this.#isClosed) return
    if (this.#mustTend) this.#tendSoon()
    else if (this.isCluster) this.#timer = this.#options.clock.after(jitter(LOOK_MS), () => void this.#tend())
  }

  /** However often it is asked for: once, after a pause that grows with the failures. */
  #tendSoon(): void {
    if (this.#isClosed || (this.#mustTend && this.#timer)) return
    this.#mustTend = true
    if (this.#isTending) return
    this.#timer?.stop()
    // Every node loses a server at the same moment; jitter keeps them from coming back at the same moment, again and again.
    const pauseMs = jitter(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures))
    this.#timer = this.#options.clock.after(pauseMs, () => void this.#tend())
  }

  async #arrange(): Promise<void> {
    const topology = await this.#discover()
    if (this.#isClosed) return
    this.#topology = topology
    for (const [address, line] of this.#lines) if (!topology.owners.includes(address)) line.end()
    const prepared = await Promise.allSettled(topology.owners.map((owner) => this.#prepare(owner, topology)))
    if (this.#isClosed) return
    if (this.isUp) this.#tell()
    for (const listener of this.#listeners) listener()
    for (const result of prepared) if (result.status === 'rejected') throw result.reason
    if (topology.owners.length === 0) throw new Error('No server of the cluster has any slots.')
  }

  /** Asks a server that we have a line to; else those that we know of, and at last those that we were told of. */
  async #discover(): Promise<RedisTopology> {
    const { addresses } = this.#options
    let problem: unknown
    for (const address of new Set([...this.#lines.keys(), ...(this.#topology?.owners ?? []), ...addresses])) {
      try {
        const topology = await readTopology(await this.#open(address))
        if (topology.isCluster || addresses.length === 1) return topology
        throw new Error(`REDIS_URL names several servers, but ${nameOf(address)} is no part of a cluster.`)
      } catch (error) {
        problem = error
        if (this.#isClosed) break
      }
    }
    throw problem
  }

  async #open(address: RedisAddress): Promise<RedisLine> {
    const open = this.#lines.get(address)
    if (open) return open
    const { clock, onMessage } = this.#options
    const line = await RedisLine.open(address, clock, {
      onMessage,
      onMoved: () => this.#tendSoon(),
      onEnd: (ended, error) => this.#drop(ended, error),
    })
    if (line.isOpen) this.#lines.set(address, line)
    if (this.#isClosed) line.end()
    return line
  }

  async #prepare(owner: RedisAddress, topology: RedisTopology): Promise<void> {
    const line = await this.#open(owner)
    if (this.#ready.has(line)) return
    try {
      await this.#options.prepare(line, (key) => topology.ownerOf(key) === owner)
    } catch (error) {
      line.end(error)
      throw error
    }
    if (line.isOpen) this.#ready.add(line)
  }

  #drop(line: RedisLine, error: unknown): void {
    this.#ready.delete(line)
    if (this.#lines.get(line.address) === line) this.#lines.delete(line.address)
    if (this.#isClosed || error === undefined) return
    this.#tell(error)
    for (const listener of this.#listeners) listener()
    this.#tendSoon()
  }

  /** Into the log when it changes, not at every attempt. */
  #tell(error?: unknown): void {
    const isUp = error === undefined
    if (this.#isClosed || isUp === this.#wasUp) return
    this.#wasUp = isUp
    const { log, addresses } = this.#options
    const servers = (this.#topology?.owners ?? addresses).map(nameOf)
    if (isUp) log.info({ servers }, 'Redis is here: what other nodes commit is heard at once')
    else
      log.warn(
        { servers, err: error },
        'Redis is out of reach: what other nodes commit is found by asking the database',
      )
  }
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/** How often a cluster is asked who has what, besides when it refuses something: a slot that moves may take channels along. */
const LOOK_MS = 5_000

/** Between the half and the whole of it. */
function jitter(ms: number): number {
  return ms * (0.5 + Math.random() / 2)
}

// --- types ---

export interface RedisServersOptions {
  /** The only server, or some servers of a cluster. */
  addresses: readonly RedisAddress[]
  clock: Clock
  log: Logger
  onMessage(message: string, channel: string): void
  /** Subscribes on a new line to whatever it `has`. A line that rejects isn't used, and another one is tried later. */
  prepare(line: RedisLine, has: (channel: string) => boolean): Promise<void>
}
