/** RoomPresence: who is in a room now. Asked for only while somebody listens, and anew with each connection. */
import type { PresenceSignal, PresentUser } from '@parlor/protocol'
import type { Cancel, Clock } from './clock.ts'
import { createTopic, type Notifier } from './notifier.ts'
import type { Link } from './patience.ts'
import type { Live, PresenceSnapshot } from './types.ts'

export interface RoomPresence extends Live<PresenceSnapshot> {
  receive(signal: PresenceSignal): void
  /** The room is open on this connection; the service knows nothing of before. */
  opened(): void
  /** The connection is down: what is shown may be old. */
  down(): void
  /** The room isn't followed any more, or is another user's. */
  forget(): void
}

/** Long enough for StrictMode's second mount, and for a list that is rendered anew. */
const UNWATCH_DELAY_MS = 2_000

/** After an error that doesn't say when. */
const RETRY_MS = 2_000

export function createRoomPresence(deps: RoomPresenceDeps): RoomPresence {
  const { roomId, link, clock, notifier } = deps
  const topic = createTopic()
  let snapshot = UNKNOWN
  let isOpen = false
  let listeners = 0
  let isWatching = false
  /** Counts openings: what was answered to an earlier one is over. */
  let opening = 0
  let stopRetry: Cancel | undefined
  let stopTimer: Cancel | undefined

  const show = (next: PresenceSnapshot): void => {
    if (next === snapshot) return
    snapshot = next
    notifier.changed(topic)
  }
  const watch = (on: boolean): void => {
    if (!isOpen || !link.isUp() || !deps.knowsSignals()) return
    isWatching = on
    const mine = opening
    link.ask(
      { type: 'presence.watch', roomId, on },
      {
        ok: () => {},
        error({ retryable, retryAfterMs = RETRY_MS }) {
          // Of many rooms that are opened at once, some have to wait.
          if (retryable && mine === opening) stopRetry = clock.after(retryAfterMs, () => notifier.batch(again))
        },
      },
    )
  }
  const again = (): void => {
    if (listeners > 0) watch(true)
  }
  const begin = (isNowOpen: boolean): void => {
    isOpen = isNowOpen
    isWatching = false
    opening += 1
    stopRetry?.()
  }
  const unwatch = (): void => {
    if (listeners > 0) return
    if (isWatching) watch(false)
    isWatching = false
    show(UNKNOWN)
  }

  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners += 1
      stopTimer?.()
      if (!isWatching) notifier.batch(() => watch(true))
      const stop = topic.subscribe(listener)
      let isStopped = false
      return () => {
        if (isStopped) return
        isStopped = true
        stop()
        listeners -= 1
        if (listeners > 0) return
        stopTimer?.()
        stopTimer = clock.after(UNWATCH_DELAY_MS, () => notifier.batch(unwatch))
      }
    },
    receive({ users, count, isDegraded = false }) {
      if (!isWatching) return
      // Whoever was there a moment ago is there, until a service that knows everybody says otherwise.
      const missing = isDegraded ? snapshot.online.filter(({ id }) => !users.some((user) => user.id === id)) : NOBODY
      const online = [...users, ...missing]
      const total = Math.max(count, online.length)
      show({ online, count: total, isComplete: online.length === total, isDegraded, isLoading: false })
    },
    opened() {
      begin(true)
      again()
    },
    down() {
      begin(false)
      if (!snapshot.isLoading && !snapshot.isDegraded) show({ ...snapshot, isDegraded: true })
    },
    forget() {
      begin(false)
      show(UNKNOWN)
    },
  }
}

const NOBODY: readonly PresentUser[] = []
const UNKNOWN: PresenceSnapshot = { online: NOBODY, count: 0, isComplete: false, isDegraded: false, isLoading: true }

// --- types ---

export interface RoomPresenceDeps {
  roomId: string
  link: Link
  clock: Clock
  notifier: Notifier
  /** An older service doesn't know these commands. */
  knowsSignals: () => boolean
}
