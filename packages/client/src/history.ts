/** History: loads pages around a room's window, and adds them without losing what arrives meanwhile. */
import type { MessageListCommand, MessageRow } from '@parlor/protocol'
import { type Deferred, defer } from './deferred.ts'
import { ChatError } from './errors.ts'
import { PATIENCE_MS, type Patience } from './patience.ts'
import type { Replay, ReplayLog } from './replay.ts'
import { applyMembers, applyPage, type PageEdge, type RoomState } from './room-state.ts'
import type { RoomSync } from './room-sync.ts'

export interface History {
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  jumpTo(id: string): Promise<void>
  jumpToLatest(): Promise<void>
  loadMembers(): Promise<void>
  /** The room's state moved, or is denied: answers that waited for it are added or fail now. */
  moved(): void
  /** Rejects what is unfinished. */
  clear(error: ChatError): void
}

export function createHistory(deps: HistoryDeps): History {
  const { roomId, sync, patience, replayLog, pageSize, onChange } = deps
  const waiting = new Set<Waiting>()
  const running = new Map<'older' | 'newer' | 'members', Deferred<void>>()
  /** Only the newest jump counts. */
  let jump: Deferred<void> | undefined

  /**
   * Adds an answer when the state has come to its head, in its epoch: an answer is never fresher than the position. One
   * that was asked for before a reset, or for a window that is gone, is dropped; one of another epoch is asked for again.
   * Who may not read any more never comes to the head: their answers fail.
   */
  const settle = (answer: Waiting): void => {
    const { state, phase, error } = sync
    if (phase === 'denied') {
      waiting.delete(answer)
      answer.fail(error ?? new ChatError('room_not_found'))
      return
    }
    const isStale = answer.era !== sync.era || (state !== null && answer.isStale(state))
    if (isStale) {
      waiting.delete(answer)
      answer.drop()
    }
    // The history went on another way: a restored backup may have taken the answer's head away, and the state won't get there.
    const isPassed = state !== null && state.epoch !== answer.epoch && state.epoch !== answer.askedIn
    if (isStale || !state || (state.seq < answer.head && !isPassed)) return
    waiting.delete(answer)
    if (state.epoch !== answer.epoch) answer.again()
    else answer.add(state)
  }
  const hold = (answer: Waiting): void => {
    waiting.add(answer)
    settle(answer)
  }

  const load = ({ edge, cursor, isStale, isWanted }: PageRequest, done: Deferred<void>): void => {
    let asked: { era: number; before: RoomState | null; replay: Replay } | undefined
    const again = (): void => load({ edge, cursor, isStale, isWanted }, done)
    patience.ask(
      () => {
        const before = sync.state
        asked?.replay.end()
        asked = { era: sync.era, before, replay: replayLog.begin() }
        return { type: 'message.list', roomId, limit: pageSize, ...cursor(before), ...positionOf(before) }
      },
      {
        ok(page) {
          const { era, before, replay } = asked ?? { era: -1, before: null, replay: replayLog.begin() }
          hold({
            head: page.head,
            epoch: page.epoch,
            askedIn: before?.epoch,
            era,
            isStale: (state) => !isWanted() || isStale(state, before),
            add(state) {
              replay.end()
              sync.hold(applyPage(state, page, edge, replay.seen()))
              deps.onRows(page.messages)
              done.resolve()
            },
            drop() {
              replay.end()
              if (edge === 'replace' && isWanted()) again()
              else done.resolve()
            },
            again() {
              replay.end()
              again()
            },
            fail(error) {
              replay.end()
              done.reject(error)
            },
          })
        },
        error(error) {
          asked?.replay.end()
          deps.onFailed(error)
          done.reject(error)
        },
      },
      PATIENCE_MS,
    )
  }

  const once = (key: 'older' | 'newer' | 'members', start: (done: Deferred<void>) => void): Promise<void> => {
    const found = running.get(key)
    if (found) return found.promise
    const done = defer<void>()
    running.set(key, done)
    const end = (): void => {
      running.delete(key)
      onChange()
    }
    done.promise.then(end, end)
    start(done)
    onChange()
    return done.promise
  }
  const extend = (edge: 'older' | 'newer', isEnd: (state: RoomState) => boolean): Promise<void> => {
    const { state } = sync
    if (!state || isEnd(state)) return Promise.resolve()
    return once(edge, (done) => load(EXTEND[edge], done))
  }
  const replace = (cursor: Cursor): Promise<void> => {
    const done = defer<void>()
    // The one before loses its window anyway.
    jump?.resolve()
    jump = done
    load({ edge: 'replace', cursor: () => cursor, isStale: () => false, isWanted: () => jump === done }, done)
    return done.promise
  }

  const loadMembers = (after: string | undefined, done: Deferred<void>): void => {
    let era = sync.era
    let askedIn: string | undefined
    patience.ask(
      () => {
        era = sync.era
        askedIn = sync.state?.epoch
        return { type: 'member.list', roomId, ...(after !== undefined && { after }) }
      },
      {
        ok: ({ epoch, head, members, hasMore }) =>
          hold({
            epoch,
            head,
            askedIn,
            era,
            isStale: () => false,
            // Every member row is held, tombstones too, so the higher version wins in any order.
            add(state) {
              sync.hold(applyMembers(state, members, !hasMore))
              const last = members.at(-1)
              if (hasMore && last) loadMembers(last.userId, done)
              else done.resolve()
            },
            drop: done.resolve,
            again: () => loadMembers(after, done),
            fail: done.reject,
          }),
        error(error) {
          deps.onFailed(error)
          done.reject(error)
        },
      },
      PATIENCE_MS,
    )
  }

  return {
    get isLoadingOlder() {
      return running.has('older')
    },
    get isLoadingNewer() {
      return running.has('newer')
    },
    loadOlder: () => extend('older', ({ window }) => window.low === 0),
    loadNewer: () => extend('newer', ({ window }) => window.high === Number.POSITIVE_INFINITY),
    jumpTo: (id) => (sync.state?.rows.some((row) => row.id === id) ? Promise.resolve() : replace({ around: id })),
    jumpToLatest: () => (sync.state?.window.high === Number.POSITIVE_INFINITY ? Promise.resolve() : replace({})),
    loadMembers() {
      if (!sync.state || sync.state.membersComplete) return Promise.resolve()
      return once('members', (done) => loadMembers(undefined, done))
    },
    moved() {
      for (const answer of [...waiting]) settle(answer)
    },
    clear(error) {
      const held = [...waiting]
      waiting.clear()
      for (const { fail } of held) fail(error)
    },
  }
}

/** Paging starts at the window's edge; a page fits for as long as that edge stays where it was. */
const EXTEND: Record<'older' | 'newer', PageRequest> = {
  older: {
    edge: 'older',
    cursor: (state) => (state ? { before: Math.max(1, state.window.low) } : {}),
    isStale: (state, before) => state.window.low !== before?.window.low,
    isWanted: () => true,
  },
  newer: {
    edge: 'newer',
    cursor: (state) => (state && Number.isFinite(state.window.high) ? { after: state.window.high } : {}),
    isStale: (state, before) => state.window.high !== before?.window.high,
    isWanted: () => true,
  },
}

/** Where the client stands: no answer is older. */
function positionOf(state: RoomState | null): Pick<MessageListCommand, 'position'> {
  return state ? { position: { epoch: state.epoch, seq: state.seq } } : {}
}

// --- types ---

export interface HistoryDeps {
  roomId: string
  sync: Pick<RoomSync, 'state' | 'phase' | 'error' | 'era' | 'hold'>
  patience: Patience
  replayLog: ReplayLog
  pageSize: number
  onChange(): void
  /** A page was added. */
  onRows(rows: readonly MessageRow[]): void
  onFailed(error: ChatError): void
}

type Cursor = Pick<MessageListCommand, 'before' | 'after' | 'around'>

interface PageRequest {
  edge: PageEdge
  cursor(state: RoomState | null): Cursor
  isStale(state: RoomState, before: RoomState | null): boolean
  isWanted(): boolean
}

/** An answer that waits for the state to come to its head. */
interface Waiting {
  epoch: string
  head: number
  /** The epoch and the era of the moment when it was asked for. */
  askedIn: string | undefined
  era: number
  isStale(state: RoomState): boolean
  add(state: RoomState): void
  drop(): void
  again(): void
  fail(error: ChatError): void
}
