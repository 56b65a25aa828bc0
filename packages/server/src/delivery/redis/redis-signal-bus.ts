/**
 * RedisSignalBus tells other nodes who is in a room and who writes there, on the room's own channel. Nothing of it lies in
 * Redis: each node keeps for a while what the others said, so one that is killed leaves nothing behind (G10).
 */
import type { Clock, Timer } from '../../clock.ts'
import {
  ASKED_FOR_MS,
  type HeardListener,
  SAID_FOR_MS,
  type Said,
  type SignalBus,
  type SignalKind,
} from '../signal-bus.ts'
import type { RedisBus } from './redis-bus.ts'

export class RedisSignalBus implements SignalBus {
  readonly #bus: RedisBus
  readonly #clock: Clock
  /** What this node says, and what the others do, by room and kind. */
  readonly #own = new Map<string, Own>()
  readonly #heard = new Map<string, Heard>()
  /** When this node wanted to know last, by room, and when another one asked. */
  readonly #asked = new Map<string, number>()
  readonly #askedBy = new Map<string, number>()
  /** Rooms in which some nodes have just come, which will be asked. */
  readonly #asking = new Map<string, { timer: Timer; origins: Set<string> }>()
  readonly #wholeListeners: (() => void)[] = []
  readonly #heardListeners: HeardListener[] = []
  readonly #askedListeners: ((roomId: string) => void)[] = []
  #sweep: Timer | undefined
  #upSince: number
  #wasWhole = false
  /** When the others have had time to answer. */
  #whole: Timer | undefined

  constructor(bus: RedisBus, clock: Clock) {
    this.#bus = bus
    this.#clock = clock
    this.#upSince = clock.elapsed()
    bus.onSignal((roomId, origin, signal) => this.#receive(roomId, origin, signal as Signal))
    bus.onRestored(() => this.#beginAnew())
    bus.servers.onChange(() => this.#noteWhole())
    this.#noteWhole()
    this.#scheduleSweep()
  }

  /** The others have been asked since they can be heard, and had time to answer. */
  get isWhole(): boolean {
    return this.#bus.isUp && this.#clock.elapsed() - this.#upSince >= ANSWER_MS
  }

  say<Kind extends SignalKind>(roomId: string, kind: Kind, said: readonly Said[Kind][]): void {
    const key = keyOf(roomId, kind)
    const now = this.#clock.elapsed()
    const known = this.#own.get(key)
    if (!known && said.length === 0) return
    const own = known ?? {
      roomId,
      kind,
      said,
      saidAt: now,
      json: '',
      sentAt: Number.NEGATIVE_INFINITY,
      timer: undefined,
    }
    this.#own.set(key, own)
    own.said = said
    own.saidAt = now
    const waitMs = own.sentAt + Math.min(LONGEST_PAUSE_MS, own.json.length / BYTES_PER_MS) - now
    if (waitMs <= 0) this.#send(key, own)
    else
      own.timer ??= this.#clock.after(waitMs, () => {
        own.timer = undefined
        this.#send(key, own)
      })
  }

  onWholeChanged(listener: () => void): void {
    this.#wholeListeners.push(listener)
  }

  onHeard(listener: HeardListener): void {
    this.#heardListeners.push(listener)
  }

  ask(roomId: string): void {
    this.#dropAsking(roomId)
    const isNews = !this.#isRecent(this.#asked.get(roomId))
    this.#asked.set(roomId, this.#clock.elapsed())
    this.#bus.signal(roomId, { ask: isNews ? 'anew' : 'on' } satisfies Signal)
  }

  onAsked(listener: (roomId: string) => void): void {
    this.#askedListeners.push(listener)
  }

  stop(): void {
    this.#sweep?.stop()
    this.#whole?.stop()
    for (const { timer } of this.#own.values()) timer?.stop()
    for (const { timer } of this.#asking.values()) timer.stop()
    this.#own.clear()
    this.#heard.clear()
  }

  /** Sends what is said, unless all that was sent a moment ago. */
  #send(key: string, own: Own): void {
    const now = this.#clock.elapsed()
    const json = JSON.stringify(own.said)
    if (json === own.json && now - own.sentAt < REPEAT_MS) return
    own.json = json
    own.sentAt = now
    const isAsked = this.#isRecent(this.#askedBy.get(own.roomId))
    this.#bus.signal(own.roomId, { kind: own.kind, said: own.said, ...(isAsked && { isAsked }) } satisfies Signal)
    if (own.said.length === 0) this.#own.delete(key)
  }

  #receive(roomId: string, origin: string, signal: Signal): void {
    if ('ask' in signal) {
      this.#askedBy.set(roomId, this.#clock.elapsed())
      this.#noteAsked(roomId, origin)
      if (signal.ask === 'anew') this.#forgetSent((own) => own.roomId === roomId)
      for (const listener of this.#askedListeners) listener(roomId)
      return
    }
    const { kind, said, isAsked } = signal
    const key = keyOf(roomId, kind)
    const heard = this.#heard.get(key) ?? { roomId, kind, byOrigin: new Map() }
    this.#heard.set(key, heard)
    if (said.length > 0 && kind === 'presence' && !isAsked) this.#askSoon(roomId, origin)
    if (said.length > 0) heard.byOrigin.set(origin, { said, until: this.#clock.elapsed() + SAID_FOR_MS })
    else heard.byOrigin.delete(origin)
    this.#tell(key, heard)
  }

  /**
   * A node that has just come to a room wasn't there when it was asked who is in it. One of those who want to know asks
   * again, soon: the others hear that, and needn't.
   */
  #askSoon(roomId: string, origin: string): void {
    const isWanted = (): boolean => this.#isRecent(this.#asked.get(roomId))
    if (!isWanted()) return
    const known = this.#asking.get(roomId)
    if (known) known.origins.add(origin)
    else {
      const ask = (): void => {
        this.#asking.delete(roomId)
        if (isWanted()) this.#bus.signal(roomId, { ask: 'on' } satisfies Signal)
      }
      const timer = this.#clock.after(Math.random() * ASK_WITHIN_MS, ask)
      this.#asking.set(roomId, { timer, origins: new Set([origin]) })
    }
  }

  /** Another node has asked everybody but itself. */
  #noteAsked(roomId: string, by: string): void {
    const asking = this.#asking.get(roomId)
    if (!asking) return
    if (asking.origins.has(by)) asking.origins = new Set([by])
    else this.#dropAsking(roomId)
  }

  #dropAsking(roomId: string): void {
    this.#asking.get(roomId)?.timer.stop()
    this.#asking.delete(roomId)
  }

  #isRecent(askedAt = Number.NEGATIVE_INFINITY): boolean {
    return this.#clock.elapsed() - askedAt < ASKED_FOR_MS
  }

  #tell(key: string, { roomId, kind, byOrigin }: Heard): void {
    if (byOrigin.size === 0) this.#heard.delete(key)
    const said = [...byOrigin.values()].flatMap((one) => one.said)
    for (const listener of this.#heardListeners) listener(roomId, kind, said)
  }

  /** Others can be heard again: what was said and asked meanwhile was lost. */
  #beginAnew(): void {
    const now = this.#clock.elapsed()
    this.#upSince = now
    this.#noteWhole()
    this.#forgetSent(() => true)
    for (const [roomId, askedAt] of this.#asked)
      if (this.#isRecent(askedAt)) this.#bus.signal(roomId, { ask: 'anew' } satisfies Signal)
  }

  #noteWhole(): void {
    this.#whole?.stop()
    const { isWhole } = this
    const answeredIn = this.#upSince + ANSWER_MS - this.#clock.elapsed()
    this.#whole = this.#bus.isUp && !isWhole ? this.#clock.after(answeredIn, () => this.#noteWhole()) : undefined
    if (isWhole === this.#wasWhole) return
    this.#wasWhole = isWhole
    for (const listener of this.#wholeListeners) listener()
  }

  /** Who hasn't heard it gets it, though it hasn't changed. */
  #forgetSent(isWanted: (own: Own) => boolean): void {
    for (const own of this.#own.values())
      if (isWanted(own)) own.sentAt = Math.min(own.sentAt, this.#clock.elapsed() - REPEAT_MS)
  }

  #scheduleSweep(): void {
    this.#sweep = this.#clock.after(SWEEP_MS, () => {
      const now = this.#clock.elapsed()
      for (const asked of [this.#asked, this.#askedBy])
        for (const [roomId, askedAt] of asked) if (!this.#isRecent(askedAt)) asked.delete(roomId)
      for (const [key, { saidAt, timer }] of this.#own) if (now - saidAt >= SAID_FOR_MS && !timer) this.#own.delete(key)
      for (const [key, heard] of this.#heard) {
        const gone = [...heard.byOrigin].filter(([, { until }]) => until <= now)
        for (const [origin] of gone) heard.byOrigin.delete(origin)
        if (gone.length > 0) this.#tell(key, heard)
      }
      this.#scheduleSweep()
    })
  }
}

/** How long others may take to answer: their lines may come back later than ours. */
const ANSWER_MS = 5_000

/** What hasn't changed is sent this often: often enough to be lost once within `SAID_FOR_MS`. */
const REPEAT_MS = 8_000

/** Long enough that mostly one asks, and short enough that nobody notices. */
const ASK_WITHIN_MS = 200

/** How much one node says of one room: in a room of thousands the list changes all the time and is long. */
const BYTES_PER_MS = 50
const LONGEST_PAUSE_MS = 8_000

/** With `SAID_FOR_MS`, G10's 30 s. */
const SWEEP_MS = 2_000

function keyOf(roomId: string, kind: SignalKind): string {
  return `${kind} ${roomId}`
}

// --- types ---

/** `anew`: whoever asks hasn't heard anything yet. `on`: they still want to know. `isAsked`: who says it knows that. */
type Signal = { ask: 'anew' | 'on' } | { kind: SignalKind; said: readonly Said[SignalKind][]; isAsked?: true }

interface Own {
  roomId: string
  kind: SignalKind
  said: readonly Said[SignalKind][]
  saidAt: number
  /** What was sent last, and when. */
  json: string
  sentAt: number
  timer: Timer | undefined
}

interface Heard {
  roomId: string
  kind: SignalKind
  byOrigin: Map<string, { said: readonly Said[SignalKind][]; until: number }>
}
