/** Conduct counts what a peer does wrong: frames above its rate, and frames that no client of ours would send. */
import type { ChatError, ErrorCode } from '@parlor/protocol'
import type { Config } from '../config.ts'
import { TokenBucket } from '../token-bucket.ts'

export class Conduct {
  readonly #frameRate: TokenBucket
  #refusedInARow = 0
  #badFrames: number[] | undefined

  constructor(config: Pick<Config, 'framesPerSecond' | 'framesBurst'>, now: number) {
    this.#frameRate = new TokenBucket(config.framesPerSecond, config.framesBurst, now)
  }

  /** 0 if a frame may come now, else the ms until one may. */
  takeFrame(now: number): number {
    const retryAfterMs = this.#frameRate.take(now)
    this.#refusedInARow = retryAfterMs === 0 ? 0 : this.#refusedInARow + 1
    return retryAfterMs
  }

  /** It went on through so many refusals that it doesn't listen to them. */
  get isFlooding(): boolean {
    return this.#refusedInARow > MAX_REFUSED_IN_A_ROW
  }

  /** A frame was refused before it became a command. True when these are too many for a client of ours. */
  countRefused(error: ChatError, now: number): boolean {
    if (!PROGRAM_ERRORS.has(error.code)) return false
    this.#badFrames = this.#badFrames?.filter((at) => now - at < 60_000) ?? []
    this.#badFrames.push(now)
    return this.#badFrames.length >= MAX_BAD_FRAMES_PER_MINUTE
  }
}

/** What only a program does wrong. A person may send an empty message, or one that is too long, as often as they like. */
const PROGRAM_ERRORS: ReadonlySet<ErrorCode> = new Set(['bad_frame', 'unknown_command', 'invalid'])

/** Then the peer isn't a client of ours. */
const MAX_BAD_FRAMES_PER_MINUTE = 10

/** A client waits as it is told; the rest of a burst may be refused behind the first. */
const MAX_REFUSED_IN_A_ROW = 200
