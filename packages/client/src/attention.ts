/** Attention: whether anybody looks at this page. Who looks elsewhere for a while is away, in every room. */
import type { PresenceState } from '@parlor/protocol'
import type { Cancel, Clock } from './clock.ts'
import type { Signal } from './environment.ts'

export interface Attention {
  hear(signal: Signal): void
  /** Signed in: a new connection counts as looked at. */
  up(): void
  stop(): void
}

/** Looking something up isn't going away. */
const AWAY_MS = 60_000

export function createAttention(deps: { clock: Clock; tell: (state: PresenceState) => void }): Attention {
  const { clock, tell } = deps
  let state: PresenceState = 'online'
  let stopTimer: Cancel | undefined

  const enter = (next: PresenceState): void => {
    if (next === state) return
    state = next
    tell(state)
  }
  const stop = (): void => {
    stopTimer?.()
    stopTimer = undefined
  }

  return {
    hear(signal) {
      if (signal === 'hidden') stopTimer ??= clock.after(AWAY_MS, () => enter('away'))
      else if (signal === 'visible' || signal === 'resume') {
        stop()
        enter('online')
      }
    },
    up() {
      if (state === 'away') tell(state)
    },
    stop,
  }
}
