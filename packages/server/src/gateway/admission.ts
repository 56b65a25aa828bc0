/**
 * Admission lets connections in no faster than the process bears, so that a storm of them costs those who are here nothing. The
 * others are told when to come back, each at a time of its own, as if they stood in a line.
 */
import type { Clock } from '../clock.ts'

export class Admission {
  readonly #clock: Clock
  readonly #mostPerSecond: number
  #perSecond: number
  readonly #arrivals = new Pace()
  readonly #explanations = new Pace()
  /** Until then, who was turned away is told to come back. */
  #bookedUntil = Number.NEGATIVE_INFINITY
  #askedAt = 0
  #isWatching = false
  #turnedAway = 0

  constructor({ clock, perSecond }: AdmissionOptions) {
    this.#clock = clock
    this.#mostPerSecond = perSecond
    this.#perSecond = perSecond
  }

  /** How many a second are let in now. */
  get perSecond(): number {
    return this.#perSecond
  }

  /** Who was told to come back, since the start. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** 0: it may come in. Else the ms after which it shall come back. */
  ask(): number {
    const now = this.#clock.elapsed()
    this.#askedAt = now
    if (!this.#isWatching) this.#watch()
    if (this.#arrivals.take(now, this.#perSecond)) return 0
    this.#turnedAway++
    return this.#book(now)
  }

  /** Whether there is time to tell who is turned away so that a browser understands it, which costs a socket. */
  canExplain(): boolean {
    return this.#explanations.take(this.#clock.elapsed(), EXPLAINED * this.#perSecond)
  }

  #book(now: number): number {
    const first = Math.max(this.#bookedUntil, now + SHORTEST_WAIT_MS)
    // Newcomers arrive beside those who come back.
    const place = first + 1000 / (this.#perSecond * BOOKED_SHARE)
    this.#bookedUntil = Math.min(place, now + LONGEST_WAIT_MS)
    return Math.ceil(place <= now + LONGEST_WAIT_MS ? place - now : LONGEST_WAIT_MS * (0.5 + Math.random() / 2))
  }

  /** Looks how late the process is while anybody comes, and until it lets in as many as it may. */
  #watch(): void {
    this.#isWatching = true
    const dueAt = this.#clock.elapsed() + LOOK_MS
    this.#clock.after(LOOK_MS, () => {
      const now = this.#clock.elapsed()
      this.#adapt(now - dueAt)
      const isNeeded = now - this.#askedAt < WATCHED_FOR_MS || this.#perSecond < this.#mostPerSecond
      if (isNeeded) this.#watch()
      else this.#isWatching = false
    })
  }

  #adapt(lateMs: number): void {
    const least = this.#mostPerSecond * LEAST_SHARE
    if (lateMs > MOST_LATE_MS) this.#perSecond = Math.max(least, this.#perSecond / 2)
    else this.#perSecond = Math.min(this.#mostPerSecond, this.#perSecond + least)
  }
}

/** Evenly spaced moments, as many a second as it is told; those of the last fifth of a second may be used at once. */
class Pace {
  #nextAt = Number.NEGATIVE_INFINITY

  take(now: number, perSecond: number): boolean {
    const at = Math.max(this.#nextAt, now - AT_ONCE_MS)
    if (at > now) return false
    this.#nextAt = at + 1000 / perSecond
    return true
  }
}

/** A team that comes together isn't a storm. */
const AT_ONCE_MS = 200

/** How often it is looked how late the process is. */
const LOOK_MS = 100

/** So late, what people send is noticeably late too. */
const MOST_LATE_MS = 50

/** Of the rate: what is let in however late the process is, or nobody would ever come back; also what is added at each look. */
const LEAST_SHARE = 0.05

const WATCHED_FOR_MS = 2_000

/** Of the rate: places for those who were turned away. */
const BOOKED_SHARE = 0.8

/**
 * Of those who are turned away, so many times the rate are told by a socket, which costs little more than a refusal. To a page
 * that is refused it looks like an outage: it asks what is wrong, by HTTP, and comes back whenever it likes.
 */
const EXPLAINED = 20

const SHORTEST_WAIT_MS = 500

/** As the client's own backoff. Who doesn't fit is spread over the second half of it. */
const LONGEST_WAIT_MS = 30_000

// --- types ---

interface AdmissionOptions {
  clock: Clock
  /** At most. */
  perSecond: number
}
