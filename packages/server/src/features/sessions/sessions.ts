/** Sessions remembers which sign-ins are over, and has their connections closed on every node. */
import type { Clock } from '../../clock.ts'
import type { Bus } from '../../delivery/bus.ts'
import type { SessionStore } from '../../store/sessions.ts'

export class Sessions {
  readonly #deps: SessionsDeps
  readonly #revoked = new Set<string>()

  constructor(deps: SessionsDeps) {
    this.#deps = deps
    deps.bus.onNotice((notice) => {
      this.#revoked.add(notice.sid)
      this.onRevoked(notice.sid)
    })
  }

  /** Called when a sign-in is revoked here or on another node. */
  onRevoked: (sid: string) => void = () => {}

  /** Reads what was revoked before this start. */
  async load(): Promise<void> {
    for (const sid of await this.#deps.store.listRevokedSessions()) this.#revoked.add(sid)
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
}

/** How long a token of a revoked sign-in could still be shown: NextAuth's default session life of 30 days. */
const LONGEST_TOKEN_LIFE_MS = 30 * 24 * 3_600_000

// --- types ---

export interface SessionsDeps {
  store: SessionStore
  bus: Bus
  clock: Clock
}
