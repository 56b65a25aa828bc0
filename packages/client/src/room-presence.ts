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

export function createRoomPresence(deps: RoomPresenceDeps): RoomPresence {
  const { roomId, link, clock, notifier } = deps
  const topic = createTopic()
  let snapshot = UNKNOWN
  let isOpen = false
  let listeners = 0
  let isWatching = false
  let stopTimer: Cancel | undefined

  const show = (next: PresenceSnapshot): void => {
    if (next === snapshot) return
    snapshot = next
    notifier.changed(topic)
  }
  const watch = (on: boolean): void => {
    if (!isOpen || !link.isUp() || !deps.knowsSignals()) return
    isWatching = on
    link.ask({ type: 'presence.watch', roomId, on }, IGNORED)
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
      isOpen = true
      isWatching = false
      if (listeners > 0) watch(true)
    },
    down() {
      isOpen = false
      isWatching = false
      if (!snapshot.isLoading && !snapshot.isDegraded) show({ ...snapshot, isDegraded: true })
    },
    forget() {
      isOpen = false
      isWatching = false
      show(UNKNOWN)
    },
  }
}

const NOBODY: readonly PresentUser[] = []
const UNKNOWN: PresenceSnapshot = { online: NOBODY, count: 0, isComplete: false, isDegraded: false, isLoading: true }
const IGNORED = { ok: () => {}, error: () => {} }

// --- types ---

export interface RoomPresenceDeps {
  roomId: string
  link: Link
  clock: Clock
  notifier: Notifier
  /** An older service doesn't know these commands. */
  knowsSignals: () => boolean
}
