/**
 * Visitor opens every room once, and doesn't come back: whoever works there must not be shown them for long, however they
 * went.
 */
import { socketUrl } from './address.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'
import { RecordingTransport } from './recording-transport.ts'
import type { Run, User } from './run.ts'
import { waitOr } from './waiting.ts'

export class Visitor {
  readonly user: User
  readonly #run: Run
  readonly #transport: RecordingTransport
  readonly #leave = new AbortController()
  #connection: RawConnection | undefined

  constructor(run: Run, user: User) {
    this.#run = run
    this.user = user
    this.#transport = new RecordingTransport(run.recorder, { client: user.name, user: user.id })
  }

  /** Resolves when they have gone: when they are told to, or when their connection was lost. */
  async visit(): Promise<void> {
    try {
      const token = await this.#run.tokenFor(this.user)
      const connection = await openRaw({ transport: this.#transport, url: socketUrl(this.#run.url), token })
      this.#connection = connection
      const all = (type: string) => this.#run.roomIds.map((roomId) => connection.ask({ type, roomId }))
      await Promise.all(all('room.open'))
      await Promise.race([connection.closed, waitOr(Number.POSITIVE_INFINITY, this.#leave.signal)])
      // Who says so goes at once, and whoever is cut off in a while.
      await Promise.race([Promise.all(all('room.close')), waitOr(CLOSING_MS)])
    } catch {
      // Refused or lost: then that was the visit.
    }
    this.stop()
  }

  leave(): void {
    this.#leave.abort()
  }

  cut(): void {
    this.#transport.cut()
  }

  stop(): void {
    this.#leave.abort()
    this.#connection?.close()
  }
}

const CLOSING_MS = 1_000
