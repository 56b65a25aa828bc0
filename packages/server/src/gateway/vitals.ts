/** Vitals tells from times and bytes whether the other end of a socket still lives and reads. */
import type { Config } from '../config.ts'

export class Vitals {
  readonly #config: VitalsConfig
  #heardAt: number
  #wroteAt: number
  #pingedAt = 0
  #stalledSince = 0
  #bufferedBytes = 0

  constructor(config: VitalsConfig, now: number) {
    this.#config = config
    this.#heardAt = now
    this.#wroteAt = now
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
    if (bufferedBytes === 0 || bufferedBytes < this.#bufferedBytes) this.#stalledSince = 0
    else if (this.#stalledSince === 0) this.#stalledSince = now
    this.#bufferedBytes = bufferedBytes
    if (this.#stalledSince > 0 && now - this.#stalledSince >= stallMs) return 'stalled'
    // Whoever takes bytes lives, and a ping would stand behind them.
    if (bufferedBytes > 0) return 'well'
    if (this.#pingedAt > this.#heardAt && now - this.#pingedAt >= pongTimeoutMs) return 'dead'
    if (now - Math.max(this.#wroteAt, this.#pingedAt) < heartbeatMs) return 'well'
    this.#pingedAt = now
    return 'heartbeat'
  }
}

// --- types ---

export type VitalsConfig = Pick<Config, 'heartbeatMs' | 'pongTimeoutMs' | 'stallMs'>
