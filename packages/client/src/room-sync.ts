/** RoomSync: keeps one room's state at the head of its stream: open, resume, apply, and never pass a gap in silence. */
import type {
  Event,
  Range,
  ResumePoint,
  RoomClosedPush,
  RoomOpened,
  RoomOpenedPush,
  RoomRangePush,
  Snapshot,
} from '@parlor/protocol'
import { createBackoff } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'
import { ChatError } from './errors.ts'
import type { Link } from './patience.ts'
import {
  applyEvent,
  applyRange,
  judge,
  type RoomState,
  type Rows,
  resumePointOf,
  rowsOf,
  startOf,
  stateOf,
  withMe,
} from './room-state.ts'
import type { Gap } from './types.ts'

export interface RoomSync {
  readonly state: RoomState | null
  /** `closed`: not followed. `opening`: being read. `open`: in step with the stream. `denied`: `error` says why. */
  readonly phase: 'closed' | 'opening' | 'open' | 'denied'
  readonly error: ChatError | null
  /** Changes with every reset: what was asked for before one is worthless after it. */
  readonly era: number
  /** Follow the room from now on, over every break; also asks again for a denied room. */
  open(): void
  close(): void
  /** Holds a server-rendered room, unless something is held already. */
  seed(snapshot: Snapshot): void
  /** Holds what was kept of the room on this device, unless what is held is newer. */
  restore(kept: RoomState): void
  /** Holds another state of the same position: a page was added. */
  hold(state: RoomState): void
  /** Where `hello` should go on; undefined if there is nothing to go on from. */
  resumePoint(): ResumePoint | undefined
  /** Signed in. `isNamed`: `hello` named this room, so the service answers by itself. */
  up(isNamed: boolean): void
  down(): void
  receive(item: RoomItem): void
  /** Forgets every row: they were another user's, or aren't worth keeping. */
  forget(): void
}

/** The service answers for each room of a `hello`; this is how long a client waits before it asks for one again. */
const HELLO_ANSWER_MS = 10_000

export function createRoomSync(deps: RoomSyncDeps): RoomSync {
  const { roomId, link, clock, pageSize } = deps
  const backoff = createBackoff(deps.random)
  let state: RoomState | null = null
  let phase: RoomSync['phase'] = 'closed'
  let error: ChatError | null = null
  let era = 0
  let isWanted = false
  /** Counts openings: a reply to an older one is stale. */
  let opening = 0
  /** What is held was kept on this device, and no answer has gone on from it yet: events may be of another history. */
  let isUnconfirmed = false
  let stopTimer: Cancel | undefined

  const later = (ms: number, run: () => void): void => {
    stopTimer?.()
    stopTimer = clock.after(ms, run)
  }
  const enter = (next: RoomSync['phase'], why: ChatError | null = null): void => {
    stopTimer?.()
    stopTimer = undefined
    phase = next
    error = why
    deps.onChange()
    if (next === 'open' || next === 'denied') deps.onSettled()
  }
  const move = (next: RoomState, rows: Rows): void => {
    state = next
    deps.onRows(rows)
    deps.onChange()
  }

  const ask = (isFresh = false): void => {
    opening += 1
    const mine = opening
    // A denied room stays so until it is open: nothing flickers when it is asked for again.
    if (phase !== 'denied') enter('opening')
    const since = state && !isFresh ? { since: resumePointOf(state) } : {}
    link.ask(
      { type: 'room.open', roomId, limit: pageSize, ...since },
      {
        ok: (opened) => {
          if (mine === opening) bringUp(opened)
        },
        error: (refusal) => {
          if (mine === opening && isWanted) refused(refusal)
        },
      },
    )
  }
  const refused = (refusal: ChatError): void => {
    if (!refusal.retryable) enter('denied', refusal)
    // After a break, the next `hello` asks.
    else if (link.isUp()) later(refusal.retryAfterMs ?? backoff.next(), () => ask())
  }

  const bringUp = (opened: RoomOpened): void => {
    const viewerId = deps.viewerId()
    const start = startOf(opened)
    const held = state
    if (start) {
      era += 1
      settled()
      move(stateOf(start, viewerId), { room: start.room, members: start.members, messages: start.messages })
      if (held) deps.onGap({ reason: opened.reset?.reason ?? 'fresh', from: held.seq, to: opened.head })
    } else if (opened.range && held && isBeside(held, opened, opened.range)) {
      // What this device kept came while the answer was under way: only the service knows whether they are of one history.
      ask()
    } else if (opened.range && held && opened.range.from <= held.seq) {
      settled()
      move(withMe(applyRange({ ...held, viewerId }, opened.range, opened.epoch), opened.me), opened.range)
    } else ask(true)
  }
  const settled = (): void => {
    backoff.reset()
    opening += 1
    isUnconfirmed = false
    enter('open')
  }

  const isMoving = (): boolean => phase === 'open' || (phase === 'opening' && !isUnconfirmed)
  const event = (item: Event): void => {
    if (!state || !isMoving()) return
    const verdict = judge(state, item.seq)
    if (verdict === 'next') {
      move(applyEvent(state, item), rowsOf(item))
      deps.onEvent(item)
    } else if (verdict === 'gap' && phase === 'open') ask()
  }
  const range = (item: Range, epoch: string): void => {
    if (!state || !isMoving()) return
    if (item.from > state.seq) {
      if (phase === 'open') ask()
    } else if (item.to > state.seq) move(applyRange(state, item, epoch), item)
  }
  const closed = ({ reason }: RoomClosedPush): void => {
    opening += 1
    if (reason === 'unavailable') {
      enter('opening')
      refused(new ChatError('unavailable'))
    } else enter('denied', new ChatError(reason === 'removed' ? 'removed' : 'room_not_found'))
  }

  return {
    get state() {
      return state
    },
    get phase() {
      return phase
    },
    get error() {
      return error
    },
    get era() {
      return era
    },
    open() {
      isWanted = true
      if (phase === 'opening' || phase === 'open') return
      if (link.isUp()) ask()
      else enter('opening')
    },
    close() {
      if (!isWanted) return
      isWanted = false
      opening += 1
      if (link.isUp() && phase !== 'denied') link.ask({ type: 'room.close', roomId }, IGNORED)
      enter('closed')
    },
    seed(snapshot) {
      if (state) return
      state = stateOf(snapshot, snapshot.user.id)
    },
    restore(kept) {
      const isNewer = !state || (state.epoch === kept.epoch && state.seq < kept.seq)
      if (phase === 'open' || phase === 'denied' || !isNewer) return
      era += 1
      state = kept
      isUnconfirmed = true
      deps.onChange()
    },
    hold(next) {
      state = next
      deps.onChange()
    },
    resumePoint: () => (isWanted && phase !== 'denied' && state ? resumePointOf(state) : undefined),
    up(isNamed) {
      if (!isWanted) return
      if (!isNamed) {
        ask()
        return
      }
      enter('opening')
      later(HELLO_ANSWER_MS, () => ask())
    },
    down() {
      opening += 1
      if (phase === 'open') enter('opening')
      stopTimer?.()
      stopTimer = undefined
    },
    receive(item) {
      if (!isWanted) return
      if (item.type === 'room.opened') bringUp(item)
      else if (item.type === 'room.closed') closed(item)
      else if (item.type === 'room.range') range(item, item.epoch)
      // A push of a newer service has no seq.
      else if (typeof item.seq === 'number') event(item)
    },
    forget() {
      era += 1
      state = null
      isUnconfirmed = false
      deps.onChange()
    },
  }
}

/** Whether an answer was asked for from another place than where the state stands, and may be of another history. */
function isBeside(held: RoomState, { epoch, head }: RoomOpened, { from }: Range): boolean {
  return held.seq > head || (held.seq > from && held.epoch !== epoch)
}

const IGNORED = { ok: () => {}, error: () => {} }

// --- types ---

export type RoomItem = Event | RoomOpenedPush | RoomClosedPush | RoomRangePush

export interface RoomSyncDeps {
  roomId: string
  link: Link
  clock: Clock
  random: () => number
  /** Messages in a reset. */
  pageSize: number
  viewerId: () => string | null
  onChange(): void
  /** The room is open or denied: the question of what it holds is answered. */
  onSettled(): void
  /** Rows that were applied, or that lie outside the window. */
  onRows(rows: Rows): void
  onEvent(event: Event): void
  onGap(gap: Gap): void
}
