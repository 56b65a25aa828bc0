/**
 * Sessions remembers which sign-ins are over, and has their connections closed on every node: at once by a notice, and where
 * that is lost, when the node next reads the store.
 */
import type { Clock, Timer } from '../../clock.ts'
import type { Bus } from '../../delivery/bus.ts'
import type { SessionStore } from '../../store/sessions.ts'

export class Sessions {
  readonly #deps: SessionsDeps
  readonly #revoked = new Set<string>()
  /** Whatever was revoked before then is known here. */
  #readAt: number | undefined
  #timer: Timer | undefined
  #isStopped = false

  constructor(deps: SessionsDeps) {
    this.#deps = deps
    deps.bus.onNotice((notice) => this.#note(notice.sid))
    deps.bus.onRestored(() => this.#lookSoon(0))
  }

  /** Called when a sign-in is revoked here or on another node. */
  onRevoked: (sid: string) => void = () => {}

  /** Reads what was revoked before this start, and from then on what was revoked elsewhere. */
  async load(): Promise<void> {
    await this.#read()
    if (!this.#deps.bus.isComplete) this.#lookSoon(LOOK_MS)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.stop()
  }

  isRevoked(sid: string | undefined): boolean {
    return sid !== undefined && this.#revoked.has(sid)
  }

  /** Fulfilled when it is stored; every reachable node closes the sign-in's connections within a second. */
  async revoke(sid: string): Promise<void> {
    const { store, bus, clock } = this.#deps
    // Told first: closing must not wait for a slow database.
    bus.notify({ type: 'session.revoked', sid })
    await store.revokeSession(sid, clock.now() + LONGEST_TOKEN_LIFE_MS)
  }

  #note(sid: string): void {
    if (this.#revoked.has(sid)) return
    this.#revoked.add(sid)
    this.onRevoked(sid)
  }

  async #read(): Promise<void> {
    const { store, clock } = this.#deps
    const now = clock.now()
    // All are remembered for the same time, so those that end later were revoked later. A clock that was set back counts.
    const since = this.#readAt === undefined ? undefined : Math.min(this.#readAt, now) - CLOCKS_APART_MS
    const after = since === undefined ? undefined : since + LONGEST_TOKEN_LIFE_MS
    for (const sid of await store.listRevokedSessions(after)) this.#note(sid)
    this.#readAt = now
  }

  #lookSoon(ms: number): void {
    this.#timer?.stop()
    if (this.#isStopped) return
    this.#timer = this.#deps.clock.after(ms, () => {
      this.#read()
        .catch(this.#deps.onError)
        .finally(() => this.#lookSoon(LOOK_MS))
    })
  }
}

/** How long a token of a revoked sign-in could still be shown: NextAuth's default session life of 30 days. */
const LONGEST_TOKEN_LIFE_MS = 30 * 24 * 3_600_000

/** With G8's 30 s where a notice is lost: this, the read, and the closing. */
const LOOK_MS = 20_000

/** How far the clocks of two nodes may differ. */
const CLOCKS_APART_MS = 300_000

// --- types ---

export interface SessionsDeps {
  store: SessionStore
  bus: Bus
  clock: Clock
  /** A read of what others revoked failed; it is tried again. */
  onError(error: unknown): void
}
