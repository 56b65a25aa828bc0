/** Room: the handle of one room; it wires the room's parts together. */
import {
  type Action,
  can,
  type Event,
  type MessageRow,
  type ResumePoint,
  type Signal,
  type Snapshot,
  type Standing,
  type User,
  type Welcome,
} from '@parlor/protocol'
import { createChanges } from './changes.ts'
import type { Cancel } from './clock.ts'
import { contentOf } from './content.ts'
import { refuse } from './deferred.ts'
import { ChatError } from './errors.ts'
import { createHistory } from './history.ts'
import { createMembership } from './membership.ts'
import { createEmitter, createTopic, type Notifier } from './notifier.ts'
import type { Offline } from './offline/offline.ts'
import { createOutbox } from './outbox.ts'
import { isStored } from './outbox-entry.ts'
import type { Link, Patience } from './patience.ts'
import { createReplayLog } from './replay.ts'
import { createRoomPresence } from './room-presence.ts'
import type { RoomState } from './room-state.ts'
import { createRoomSync, type RoomItem } from './room-sync.ts'
import { createRoomTyping } from './room-typing.ts'
import { createRoomView } from './room-view.ts'
import type { Runtime } from './runtime.ts'
import type { ConnectionSnapshot, Gap, Room, RoomSnapshot } from './types.ts'

/** A room as its client sees it. */
export interface RoomCore {
  handle: Room
  /** Holds a server-rendered room, unless something is held already. */
  seed(snapshot: Snapshot): void
  resumePoint(): ResumePoint | undefined
  up(isNamed: boolean): void
  down(): void
  receive(item: RoomItem | Signal): void
  /** The connection's snapshot changed, and with it the room's. */
  connectionChanged(): void
  /** Whether somebody has it open. */
  isOpen(): boolean
  /** Forgets its rows; what waits to be sent stays. */
  forget(): void
  /** Forgets everything: it was another user's. What is unfinished rejects with this error. */
  forgetUser(error: ChatError): void
  /** The client was destroyed: nothing more goes out, and what is unfinished rejects with this error. */
  end(error: ChatError): void
}

/** What says that the room isn't theirs to see. */
const HIDDEN: ReadonlySet<string> = new Set(['removed', 'room_not_found'])

/** Long enough for StrictMode's second mount and for going back a page; then the service needn't send any more. */
export const CLOSE_DELAY_MS = 5_000

export function createRoom(roomId: string, deps: RoomDeps): RoomCore {
  const { link, patience, notifier, runtime, pageSize, offline } = deps
  const { clock, random, newId } = runtime
  const topic = createTopic()
  const view = createRoomView(roomId)
  const replayLog = createReplayLog()
  const events = createEmitter<Event>(notifier)
  const gaps = createEmitter<Gap>(notifier)
  let snapshot: RoomSnapshot | undefined
  let actionError: ChatError | null = null
  let seededUser: User | null = null
  let opens = 0
  let stopClosing: Cancel | undefined
  let isEnded = false
  let knownEpoch: string | undefined
  /** The state that the device knows of. */
  let noted: RoomState | null = null
  let wasHidden = false
  /** What was stored before this connection, until it has told its history; from then on there may only be another one. */
  let storedBefore: ReadonlySet<string> | undefined = new Set()

  const onChange = (): void => {
    snapshot = undefined
    notifier.changed(topic)
  }
  const onMoved = (): void => {
    onChange()
    const isHidden = sync.error !== null && HIDDEN.has(sync.error.code)
    if (isHidden && !wasHidden) offline.drop(roomId)
    else if (sync.state !== noted) offline.touch(roomId)
    wasHidden = isHidden
    noted = sync.state
  }
  const onStored = (): void => {
    if (!actionError) return
    actionError = null
    onChange()
  }
  const onFailed = (error: ChatError): void => {
    actionError = error
    onChange()
  }
  const user = (): User | null => deps.connection().user ?? seededUser ?? offline.user ?? deps.expectedUser
  const position = () => {
    // A denied room is asked for again with each connection: whoever was let in again sees what they said meanwhile.
    const isFollowed = sync.phase !== 'closed'
    return { reached: isFollowed ? (sync.state?.seq ?? -1) : undefined }
  }

  const sync = createRoomSync({
    ...{ roomId, link, clock, random, pageSize },
    onChange: onMoved,
    viewerId: () => user()?.id ?? null,
    onSettled() {
      history.moved()
      if (sync.phase === 'open') {
        typing.opened()
        presence.opened()
      } else forgetSignals()
      deps.onSettled()
    },
    onRows({ messages }) {
      replayLog.record(messages)
      outbox.saw(messages)
      const { reached } = position()
      if (reached !== undefined) {
        outbox.reached(reached)
        changes.reached(reached)
      }
      const epoch = sync.state?.epoch
      // What this connection acknowledged before its first rows is of their history, whatever was known before.
      if (epoch !== knownEpoch) forgetStored(storedBefore)
      // The epoch of a room without changes is empty: its history is still to come.
      if (epoch) storedBefore = undefined
      knownEpoch = epoch
      history.moved()
    },
    onEvent(event) {
      if (event.type === 'message.created') typing.saw(event.message.user.id)
      events.emit(event)
    },
    onGap(gap) {
      if (gap.reason === 'unknown') forgetStored()
      gaps.emit(gap)
    },
  })
  const typing = createRoomTyping({
    ...{ roomId, link, clock, notifier, knowsSignals: deps.knowsSignals },
    viewerId: () => user()?.id ?? null,
  })
  const presence = createRoomPresence({ roomId, link, clock, notifier, knowsSignals: deps.knowsSignals })
  const forgetSignals = (): void => {
    typing.down()
    presence.forget()
  }
  const shelf = offline.join(roomId, {
    state: () => (sync.phase === 'denied' ? null : sync.state),
    restore({ state, entries, isFirst }) {
      if (state) {
        noted = state
        sync.restore(state)
        knownEpoch = sync.state?.epoch
      }
      outbox.restore(entries, isFirst)
      // Some may be rows by now.
      if (sync.state) outbox.saw(sync.state.rows)
    },
    lose: (ids) => outbox.lose(ids),
    settled: () => outbox.settled(),
  })
  const outbox = createOutbox({
    ...{ roomId, link, clock, random, newId, shelf, position, onChange, onStored, onFailed },
    limits: deps.limits,
  })
  const changes = createChanges({ roomId, patience, clock, newId, position, onChange, onStored, onFailed })
  const membership = createMembership({
    ...{ roomId, patience, onStored, onFailed },
    onJoined() {
      if (sync.phase === 'denied' && opens > 0) sync.open()
    },
  })
  /** It was stored beyond what is known now, and a restored backup may end before it. */
  const forgetStored = (only?: ReadonlySet<string>): void => {
    outbox.forgetStored(only)
    changes.forgetStored()
  }
  const onRows = (rows: readonly MessageRow[]): void => outbox.saw(rows)
  const history = createHistory({ roomId, sync, patience, replayLog, pageSize, onChange, onRows, onFailed })

  /** Runs an action of the user: listeners are told once, after it, and the client connects if it hasn't. */
  const run = <T>(action: () => Promise<T>): Promise<T> => {
    if (isEnded) return refuse(new ChatError('client_closed'))
    const promise = notifier.batch(() => {
      deps.connect()
      return action()
    })
    promise.catch(() => {})
    return promise
  }
  const refused = <T>(error: ChatError): Promise<T> => {
    onFailed(error)
    return refuse(error)
  }
  const findRow = (id: string): MessageRow | undefined => sync.state?.rows.find((row) => row.id === id)
  const findEntry = (id: string) => outbox.entries().find((entry) => entry.id === id)
  /** The row that a change is made on, or why there is none. */
  const requireRow = (id: string): MessageRow | ChatError => {
    const row = findRow(id)
    if (!row) return new ChatError(findEntry(id) ? 'message_pending' : 'message_not_found')
    return row.deletedAt === undefined ? row : new ChatError('message_deleted')
  }
  const getSnapshot = (): RoomSnapshot => {
    const connection = deps.connection()
    snapshot ??= view.read({ sync, connection, history, outbox, changes, user: user(), actionError })
    return snapshot
  }

  const handle: Room = {
    id: roomId,
    open: () =>
      notifier.batch(() => {
        if (isEnded) return
        opens += 1
        stopClosing?.()
        stopClosing = undefined
        sync.open()
        deps.connect()
      }),
    close() {
      opens = Math.max(0, opens - 1)
      if (opens > 0) return
      stopClosing?.()
      stopClosing = clock.after(CLOSE_DELAY_MS, () =>
        notifier.batch(() => {
          sync.close()
          forgetSignals()
          deps.onClosed()
        }),
      )
    },
    getSnapshot,
    subscribe: topic.subscribe,
    onEvent: events.on,
    onGap: gaps.on,
    typing: { getSnapshot: typing.getSnapshot, subscribe: typing.subscribe },
    presence: { getSnapshot: presence.getSnapshot, subscribe: presence.subscribe },
    setTyping: (on) => notifier.batch(() => typing.set(on)),

    send(draft) {
      const content = contentOf(draft)
      if (content.text.trim() === '' && !content.data) return refused(new ChatError('message_empty'))
      return run(() => {
        // Whoever writes wants to see it: at the end of the list.
        if (getSnapshot().hasNewer) void history.jumpToLatest()
        typing.sent()
        return outbox.send(content)
      })
    },
    retry: (id) => run(() => outbox.retry(id)),
    discard: (id) => run(() => outbox.discard(id)),
    edit(id, patch) {
      const wanted = typeof patch === 'string' ? { text: patch } : patch
      return run(() => {
        if (outbox.amend(id, wanted)) return Promise.resolve()
        const row = requireRow(id)
        return row instanceof ChatError ? refused(row) : changes.edit(id, row.textVersion, wanted)
      })
    },
    remove: (id) =>
      run(async () => {
        const entry = findEntry(id)
        const isGone = entry && entry.phase !== 'stored' ? await outbox.discard(id) : false
        if (!isGone) await changes.remove(id)
      }),
    react: (id, emoji, on) =>
      run(() => {
        const row = requireRow(id)
        if (row instanceof ChatError) return refused(row)
        const shown = getSnapshot().messages.find((message) => message.id === id)
        const isMine = shown?.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine) ?? false
        return changes.react(id, emoji, on ?? !isMine)
      }),

    loadOlder: () => run(history.loadOlder),
    loadNewer: () => run(history.loadNewer),
    jumpTo: (id) => run(() => history.jumpTo(id)),
    jumpToLatest: () => run(history.jumpToLatest),
    loadMembers: () => run(history.loadMembers),

    join: () => run(membership.join),
    leave: () => run(membership.leave),
    addMember: (userId, role) => run(() => membership.addMember(userId, role)),
    removeMember: (userId) => run(() => membership.removeMember(userId)),
    updateMember: (userId, role) => run(() => membership.updateMember(userId, role)),
    can(action: Action) {
      const kind = sync.state?.room.kind
      return kind !== undefined && sync.error?.code !== 'room_not_found' && can(action, kind, standing())
    },
  }

  const settle = (error: ChatError): void => {
    outbox.clear(error)
    changes.clear(error)
    history.clear(error)
  }
  const standing = (): Standing => {
    const me = sync.state?.me
    if (me?.gone === 'removed' || sync.error?.code === 'removed') return 'removed'
    return me && me.gone === undefined ? me.role : 'visitor'
  }

  return {
    handle,
    seed(initial) {
      const known = deps.connection().user
      if (initial.roomId !== roomId || sync.state || (known && known.id !== initial.user.id)) return
      seededUser = initial.user
      sync.seed(initial)
      knownEpoch = initial.epoch
      snapshot = undefined
    },
    resumePoint: sync.resumePoint,
    up(isNamed) {
      sync.up(isNamed)
      outbox.up()
    },
    down() {
      storedBefore = new Set(outbox.entries().flatMap((entry) => (isStored(entry) ? [entry.id] : [])))
      sync.down()
      outbox.down()
      typing.down()
      presence.down()
    },
    receive(item) {
      if (item.type === 'typing') typing.receive(item)
      else if (item.type === 'presence') presence.receive(item)
      else sync.receive(item)
    },
    connectionChanged: onChange,
    isOpen: () => sync.phase !== 'closed',
    forget: sync.forget,
    forgetUser(error) {
      seededUser = null
      forgetSignals()
      settle(error)
      sync.forget()
    },
    end(error) {
      isEnded = true
      stopClosing?.()
      typing.sent()
      sync.close()
      forgetSignals()
      settle(error)
    },
  }
}

// --- types ---

export interface RoomDeps {
  link: Link
  patience: Patience
  notifier: Notifier
  runtime: Runtime
  offline: Offline
  pageSize: number
  connection: () => ConnectionSnapshot
  limits: () => Welcome['limits'] | undefined
  /** Whether the service knows typing and presence. */
  knowsSignals: () => boolean
  /** Who the app says is signed in, until the service has said it. */
  expectedUser: User | null
  connect(): void
  /** What the room holds is known, or that it is denied. */
  onSettled(): void
  /** The last `close()` took effect. */
  onClosed(): void
}
