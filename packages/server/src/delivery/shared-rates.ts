/**
 * SharedRates has nodes count a person's messages together, without asking anybody before one is taken: each takes what its
 * own limit allows, and soon tells the others, who then owe it. Where they can't be told, each node's own limit holds.
 */
import type { Clock, Timer } from '../clock.ts'
import { RateLimit } from '../token-bucket.ts'
import type { Bus, Spent } from './bus.ts'

export class SharedRates {
  readonly #deps: SharedRatesDeps
  readonly #limits: Record<SharedKind, SharedRate>
  #timer: Timer | undefined
  #heard = 0

  constructor(deps: SharedRatesDeps) {
    this.#deps = deps
    const { clock, bus } = deps
    const tellSoon = () => this.#tellSoon()
    this.#limits = {
      users: new SharedRate({ ...deps.users, now: clock.elapsed, tellSoon }),
      rooms: new SharedRate({ ...deps.rooms, now: clock.elapsed, tellSoon }),
    }
    bus.onSpent((spent) => this.#hear(spent))
  }

  /** Messages of one user, by their id. */
  get users(): SharedRate {
    return this.#limits.users
  }

  /** Messages in one room, by its id. */
  get rooms(): SharedRate {
    return this.#limits.rooms
  }

  /** How often another node said that somebody, or a room, had spent something. */
  get heard(): number {
    return this.#heard
  }

  stop(): void {
    this.#timer?.stop()
  }

  #tellSoon(): void {
    this.#timer ??= this.#deps.clock.after(TELL_MS, () => {
      this.#timer = undefined
      this.#deps.bus.tellSpent({ users: this.users.takeUntold(), rooms: this.rooms.takeUntold() })
    })
  }

  #hear(spent: Spent): void {
    for (const kind of ['users', 'rooms'] as const)
      for (const [key, count] of spent[kind]) {
        this.#limits[kind].owe(key, count)
        this.#heard++
      }
  }
}

/** One limit for every key on all nodes together. */
class SharedRate {
  readonly #limit: RateLimit
  /** What is spent so slowly that nobody needs to be told: most people never write faster. */
  readonly #quiet: RateLimit
  readonly #tellSoon: () => void
  #untold = new Map<string, number>()

  constructor({ perSecond, burst, now, tellSoon }: SharedRateOptions) {
    this.#limit = new RateLimit(perSecond, burst, now)
    this.#quiet = new RateLimit(perSecond * QUIET_SHARE, burst * QUIET_SHARE, now)
    this.#tellSoon = tellSoon
  }

  /** 0 if allowed; else the ms to wait. */
  take(key: string): number {
    const waitMs = this.#limit.take(key)
    if (waitMs === 0 && this.#quiet.take(key) > 0) {
      this.#untold.set(key, (this.#untold.get(key) ?? 0) + 1)
      this.#tellSoon()
    }
    return waitMs
  }

  /** Another node has allowed so many. */
  owe(key: string, count: number): void {
    this.#limit.owe(key, count)
  }

  takeUntold(): [key: string, count: number][] {
    const untold = [...this.#untold]
    this.#untold = new Map()
    return untold
  }
}

/** How long a node gathers what it tells. The shorter, the less is allowed too often at first, and the more is told. */
const TELL_MS = 100

/** Of a limit, what a node doesn't tell: with ten nodes, somebody who knows this gets twice the limit. */
const QUIET_SHARE = 0.1

// --- types ---

export interface SharedRatesDeps {
  clock: Clock
  bus: Pick<Bus, 'tellSpent' | 'onSpent'>
  users: Rate
  rooms: Rate
}

interface Rate {
  perSecond: number
  burst: number
}

interface SharedRateOptions extends Rate {
  now: () => number
  /** Something waits in `takeUntold`. */
  tellSoon: () => void
}

type SharedKind = keyof Spent
