/** Vitals tells from times and bytes whether the other end of a socket still lives and reads. */
import type { Config } from '../config.ts'

export class Vitals {
  readonly #config: VitalsConfig
  #heardAt: number
  #wroteAt: number
  #pingedAt = 0
  #stalledSince = 0
  #bufferedBytes = 0
  #judgedAt: number

  constructor(config: VitalsConfig, now: number) {
    this.#config = config
    this.#heardAt = now
    this.#wroteAt = now
    this.#judgedAt = now
  }

  /** Anything came from the other end. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** Something was put into the queue. */
  wrote(now: number): void {
    this.#wroteAt = now
  }

  /** The other end took everything that it was given. */
  drained(): void {
    this.#stalledSince = 0
  }

  /** `heartbeat`: send one now. `stalled`: nothing of what waits was taken for too long. `dead`: a heartbeat has no answer. */
  judge(now: number, bufferedBytes: number): 'well' | 'heartbeat' | 'stalled' | 'dead' {
    const { heartbeatMs, pongTimeoutMs, stallMs } = this.#config
    if (now < this.#judgedAt) this.#stepBack(now)
    this.#judgedAt = now
    if (bufferedBytes === 0 || bufferedBytes < this.#bufferedBytes) this.#stalledSince = 0
    else if (this.#stalledSince === 0) this.#stalledSince = now
    this.#bufferedBytes = bufferedBytes
    if (this.#stalledSince > 0 && now - this.#stalledSince >= stallMs) return 'stalled'
    if (this.#pingedAt > this.#heardAt && now - this.#pingedAt >= pongTimeoutMs) return 'dead'
    if (now - Math.max(this.#wroteAt, this.#pingedAt) < heartbeatMs) return 'well'
    this.#pingedAt = now
    return 'heartbeat'
  }

  /** The system's clock was set back: times in the future would keep every heartbeat waiting until then. */
  #stepBack(now: number): void {
    this.#heardAt = Math.min(this.#heardAt, now)
    this.#wroteAt = Math.min(this.#wroteAt, now)
    this.#pingedAt = Math.min(this.#pingedAt, now)
    this.#stalledSince = Math.min(this.#stalledSince, now)
  }
}

// --- types ---

export type VitalsConfig = Pick<Config, 'heartbeatMs' | 'pongTimeoutMs' | 'stallMs'>
