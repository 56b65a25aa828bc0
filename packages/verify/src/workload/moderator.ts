/** Moderator takes people out of private rooms and lets them in again, as the app's server does. */
import type { Random } from './random.ts'
import type { Run, User } from './run.ts'
import type { ServiceApi } from './service-api.ts'
import { waitOr } from './waiting.ts'

export class Moderator {
  readonly #run: Run
  readonly #api: ServiceApi
  readonly #people: readonly User[]
  readonly #random: Random
  readonly #onReturn: (roomId: string, userId: string) => void
  readonly #stop = new AbortController()

  constructor(run: Run, { api, people, random, onReturn }: ModeratorOptions) {
    this.#run = run
    this.#api = api
    this.#people = people
    this.#random = random
    this.#onReturn = onReturn
  }

  /** Removes somebody now and then until the run settles; whoever was removed is back when this is fulfilled. */
  async moderate(): Promise<void> {
    while (!this.#run.isSettling) {
      await waitOr(this.#random.between(1_000, 3_000), this.#stop.signal)
      const roomId = this.#random.pick(this.#run.roomIds)
      const person = this.#random.pick(this.#people)
      if (roomId && person && !this.#run.isSettling) await this.#removeAndReturn(roomId, person.id)
    }
  }

  /** Hurry: the run settles. */
  stop(): void {
    this.#stop.abort()
  }

  async #removeAndReturn(roomId: string, member: string): Promise<void> {
    const { recorder } = this.#run
    const who = { client: 'server', user: '', room: roomId, member }
    await recorder.follow(
      { ...who, kind: 'remove' },
      () => this.#api.removeMember(roomId, member),
      (seq) => ({ seq }),
    )
    await waitOr(this.#random.between(300, 1_500), this.#stop.signal)
    for (let tries = 0; tries < (this.#stop.signal.aborted ? MAX_HURRIED_TRIES : MAX_TRIES); tries++) {
      const returned = await recorder.follow(
        { ...who, kind: 'return' },
        () => this.#api.putMember(roomId, member),
        (seq) => ({ seq }),
      )
      if (returned !== undefined) break
      // A service that is down now: the run ends its faults before it settles.
      await waitOr(RETRY_MS)
    }
    this.#onReturn(roomId, member)
  }
}

const RETRY_MS = 250

/** A service that stays away for longer than a minute isn't coming back within this run. */
const MAX_TRIES = 240

/** When the run settles, every fault has ended: whoever still doesn't answer is gone. */
const MAX_HURRIED_TRIES = 80

// --- types ---

export interface ModeratorOptions {
  api: ServiceApi
  people: readonly User[]
  random: Random
  onReturn(roomId: string, userId: string): void
}
