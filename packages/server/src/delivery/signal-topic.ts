/**
 * SignalTopic tells a room's connections one kind of signal: the newest there is, once for a beat, and only to who keeps up.
 * Nothing waits anywhere: who doesn't take a frame now is told again later what holds then.
 */
import { encodeItem, joinItems, type Signal } from '@parlor/protocol'
import type { Clock, Timer } from '../clock.ts'
import { SharedFrame } from './frame.ts'
import type { HubConnection } from './hub.ts'

export class SignalTopic {
  readonly #deps: SignalTopicDeps
  /** Who was told something else, or nothing, and has to be told. */
  #behind = new Set<HubConnection>()
  /** What everybody else was told last. */
  #told: string | undefined
  #isChanged = false
  #isAwake = false
  #restTimer: Timer | undefined
  #isStopped = false

  constructor(deps: SignalTopicDeps) {
    this.#deps = deps
  }

  /** There may be something else to tell. */
  changed(): void {
    this.#isChanged = true
    this.#wake()
  }

  /** This connection has to be told, though nothing changed. */
  add(connection: HubConnection): void {
    this.#behind.add(connection)
    this.#wake()
  }

  /** Everybody is told with the next beat, even if nothing changed: they may think otherwise. */
  repeat(): void {
    this.#told = undefined
    this.changed()
  }

  stop(): void {
    this.#isStopped = true
    this.#restTimer?.stop()
  }

  #wake(): void {
    if (this.#isAwake || this.#restTimer) return
    this.#isAwake = true
    this.#deps.clock.soon(() => this.#beat())
  }

  #beat(): void {
    this.#isAwake = false
    if (this.#isStopped) return
    const { clock, counts, compressFromBytes, read, audience } = this.#deps
    const json = encodeItem(read())
    const everybody = audience()
    const readers = json === this.#told ? this.#behind : everybody
    const behind = new Set<HubConnection>()
    const frame = new SharedFrame(joinItems([json]), compressFromBytes)
    for (const connection of readers) {
      if (!everybody.has(connection)) continue
      if (connection.enqueueSignal(frame)) counts.told++
      else {
        behind.add(connection)
        counts.dropped++
      }
    }
    this.#told = json
    this.#behind = behind
    this.#isChanged = false
    this.#restTimer = clock.after(beatMs(json.length * everybody.size), this.#rest)
  }

  readonly #rest = (): void => {
    this.#restTimer = undefined
    if (this.#isChanged || this.#behind.size > 0) this.#beat()
    else this.#deps.onRest?.()
  }
}

/** From one beat to the next, for a signal that is this large, all its copies together. */
function beatMs(bytes: number): number {
  return Math.min(MAX_BEAT_MS, BEAT_MS * Math.max(1, bytes / BYTES_PER_BEAT))
}

/** What a person takes for at once. */
const BEAT_MS = 500

/** A large room's signals come less often, so that they never cost as much as its messages: 200 KB a second. */
const BYTES_PER_BEAT = 100_000

/** But often enough to be true within seconds (G10). */
const MAX_BEAT_MS = 5_000

// --- types ---

export interface SignalTopicDeps {
  clock: Clock
  counts: SignalCounts
  /** Frames of so many characters or more are compressed for who takes that; 0: none. */
  compressFromBytes: number
  /** What holds now. */
  read(): Signal
  /** Who is to be told. */
  audience(): ReadonlySet<HubConnection>
  /** A beat passed in which nothing happened. */
  onRest?: () => void
}

/** Signals put into queues, and left out because a socket lagged; for metrics. */
export interface SignalCounts {
  told: number
  dropped: number
}
