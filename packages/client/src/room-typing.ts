/** RoomTyping: who else writes in a room, and that one writes oneself. Apart from the rows: a keystroke renders no list. */
import { TYPING_RENEW_MS, type TypingSignal } from '@parlor/protocol'
import type { Cancel, Clock } from './clock.ts'
import { createTopic, type Notifier } from './notifier.ts'
import type { Link } from './patience.ts'
import type { Live, TypingSnapshot } from './types.ts'

export interface RoomTyping extends Live<TypingSnapshot> {
  /** A key was pressed, or what was written is gone. */
  set(on: boolean): void
  /** What was written was sent: the service ends it with the message. */
  sent(): void
  receive(signal: TypingSignal): void
  /** Somebody's message is there: they have written it. */
  saw(userId: string): void
  /** The room is open on this connection; the service knows nothing of before. */
  opened(): void
  /** Nothing is known: the connection is down, or the room isn't followed. */
  down(): void
}

/** Who presses no key for so long isn't writing. */
const PAUSE_MS = 5_000

export function createRoomTyping(deps: RoomTypingDeps): RoomTyping {
  const { roomId, link, clock, notifier } = deps
  const topic = createTopic()
  let snapshot = NOBODY
  let isOpen = false
  let isWriting = false
  let toldAt: number | undefined
  let stopPause: Cancel | undefined

  const show = (next: TypingSnapshot): void => {
    if (next.count === 0 && snapshot.count === 0) return
    snapshot = next.count === 0 ? NOBODY : next
    notifier.changed(topic)
  }
  const tell = (on: boolean): void => {
    if (!isOpen || !link.isUp() || !deps.knowsSignals()) return
    toldAt = on ? clock.now() : undefined
    // Refused, it is said again with the next key that is due, not with each.
    link.ask({ type: 'typing.set', roomId, on }, IGNORED)
  }
  const rest = (): void => {
    isWriting = false
    stopPause?.()
    stopPause = undefined
  }
  const stop = (): void => {
    rest()
    if (toldAt !== undefined) tell(false)
  }

  return {
    getSnapshot: () => snapshot,
    subscribe: topic.subscribe,
    set(on) {
      if (!on) return stop()
      isWriting = true
      stopPause?.()
      stopPause = clock.after(PAUSE_MS, stop)
      // A clock that was set back says again too early, and that is all.
      if (toldAt === undefined || Math.abs(clock.now() - toldAt) >= TYPING_RENEW_MS) tell(true)
    },
    sent() {
      rest()
      toldAt = undefined
    },
    receive({ users, count }) {
      const viewerId = deps.viewerId()
      const typers = users.filter(({ id }) => id !== viewerId)
      show({ typers, count: count - (users.length - typers.length) })
    },
    saw(userId) {
      const typers = snapshot.typers.filter(({ id }) => id !== userId)
      if (typers.length < snapshot.typers.length) show({ typers, count: snapshot.count - 1 })
    },
    opened() {
      isOpen = true
      toldAt = undefined
      if (isWriting) tell(true)
    },
    down() {
      isOpen = false
      toldAt = undefined
      show(NOBODY)
    },
  }
}

const NOBODY: TypingSnapshot = { typers: [], count: 0 }
const IGNORED = { ok: () => {}, error: () => {} }

// --- types ---

export interface RoomTypingDeps {
  roomId: string
  link: Link
  clock: Clock
  notifier: Notifier
  viewerId: () => string | null
  /** An older service doesn't know these commands. */
  knowsSignals: () => boolean
}
