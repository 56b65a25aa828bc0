/**
 * Visitor opens every room once, for a moment, and never comes back: whoever works there must not be shown them for long,
 * however they went.
 */
import { socketUrl } from './address.ts'
import type { Random } from './random.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'
import { RecordingTransport } from './recording-transport.ts'
import type { Run, User } from './run.ts'
import { waitOr } from './waiting.ts'

export class Visitor {
  readonly user: User
  readonly #run: Run
  readonly #random: Random
  readonly #transport: RecordingTransport
  readonly #stop = new AbortController()
  #connection: RawConnection | undefined

  constructor(run: Run, user: User, random: Random) {
    this.#run = run
    this.user = user
    this.#random = random
    this.#transport = new RecordingTransport(run.recorder, { client: user.name, user: user.id })
  }

  /** Resolves when they have gone. */
  async visit(): Promise<void> {
    try {
      const token = await this.#run.tokenFor(this.user)
      const connection = await openRaw({ transport: this.#transport, url: socketUrl(this.#run.url), token })
      this.#connection = connection
      const all = (type: string) => this.#run.roomIds.map((roomId) => connection.ask({ type, roomId }))
      await Promise.all(all('room.open'))
      await Promise.race([waitOr(this.#random.between(200, LONGEST_MS), this.#stop.signal), connection.closed])
      // Who says so goes at once, and whoever is cut off in a while.
      await Promise.race([Promise.all(all('room.close')), waitOr(CLOSING_MS, this.#stop.signal)])
    } catch {
      // Refused or lost: then that was the visit.
    }
    this.stop()
  }

  cut(): void {
    this.#transport.cut()
  }

  stop(): void {
    this.#stop.abort()
    this.#connection?.close()
  }
}

/** Of a visit, in ms. */
const LONGEST_MS = 4_000

const CLOSING_MS = 1_000
