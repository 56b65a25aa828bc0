'use client'
/** useChat: a room, its messages and everything that can be done with them, live. */
import type {
  Action,
  ChatClient,
  ChatError,
  ConnectionStatus,
  Draft,
  Event,
  Gap,
  JsonObject,
  MemberRow,
  Message,
  MessagePatch,
  Room,
  RoomRow,
  Snapshot,
  User,
} from '@parlor/client'
import { use, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { useChatContext } from './chat-context.ts'
import { serverSnapshotOf } from './server-snapshot.ts'

/**
 * Follows a room while the component is mounted. Several components may follow the same one: it is opened once.
 * Actions keep their identity between renders; their promises reject with a `ChatError` and may be left unawaited.
 *
 * @example const { messages, send } = useChat({ roomId: 'general' })
 */
export function useChat<Data extends JsonObject = JsonObject>(options: UseChatOptions): UseChatResult<Data> {
  const { roomId, enabled = true, onEvent, onGap } = options
  const { client, userId } = useChatContext()
  const given = isPromise(options.initial) ? use(options.initial) : options.initial
  const initial = given && isFor(given, roomId, userId) ? given : null
  const room = useRoom<Data>(client, roomId, initial)
  const getServerSnapshot = useCallback(() => serverSnapshotOf<Data>(roomId, initial), [roomId, initial])
  const snapshot = useSyncExternalStore(room.subscribe, room.getSnapshot, getServerSnapshot)

  useEffect(() => {
    if (!enabled) return
    room.open()
    return () => room.close()
  }, [room, enabled])
  useListeners(room, onEvent, onGap)

  // What it answers depends on these, so it changes with them: what is memoized by `can` stays right.
  const { room: row, me, status, error } = snapshot
  // biome-ignore lint/correctness/useExhaustiveDependencies: they stand for the state that room.can reads.
  const can = useCallback((action: Action) => room.can(action), [room, row, me, status, error])

  return useMemo(
    () => ({
      roomId: snapshot.roomId,
      status: snapshot.status,
      error: snapshot.error,
      user: snapshot.user,
      room: snapshot.room,
      me: snapshot.me,
      members: snapshot.members,
      membersComplete: snapshot.membersComplete,
      can,
      messages: snapshot.messages,
      isLoading: snapshot.isLoading,
      isLoadingOlder: snapshot.isLoadingOlder,
      isLoadingNewer: snapshot.isLoadingNewer,
      hasOlder: snapshot.hasOlder,
      loadOlder: room.loadOlder,
      hasNewer: snapshot.hasNewer,
      loadNewer: room.loadNewer,
      jumpTo: room.jumpTo,
      jumpToLatest: room.jumpToLatest,
      loadMembers: room.loadMembers,
      send: room.send,
      retry: room.retry,
      discard: room.discard,
      edit: room.edit,
      remove: room.remove,
      react: room.react,
      join: room.join,
      leave: room.leave,
    }),
    [snapshot, can, room],
  )
}

/** The same hook under a name that no other package has. */
export const useChatRoom = useChat

/** The handle of the room; `initial` is shown from the very first render on. Opens nothing. */
function useRoom<Data extends JsonObject>(client: ChatClient, roomId: string, initial: Snapshot | null): Room<Data> {
  return useMemo(() => client.room<Data>(roomId, { initial }), [client, roomId, initial])
}

function useListeners(room: Room, onEvent: UseChatOptions['onEvent'], onGap: UseChatOptions['onGap']): void {
  const latest = useRef({ onEvent, onGap })
  useEffect(() => {
    latest.current = { onEvent, onGap }
  })
  useEffect(() => {
    const stops = [
      room.onEvent((event) => latest.current.onEvent?.(event)),
      room.onGap((gap) => latest.current.onGap?.(gap)),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [room])
}

/** A page that was rendered for somebody else (before a sign-out, say) must not show through. */
function isFor(initial: Snapshot, roomId: string, userId: string | null | undefined): boolean {
  return initial.roomId === roomId && (userId === undefined || userId === initial.user.id)
}

function isPromise(value: UseChatOptions['initial']): value is Promise<Snapshot | null> {
  return typeof value === 'object' && value !== null && 'then' in value
}

// --- types ---

export interface UseChatOptions {
  roomId: string
  /**
   * The room as the server rendered it (`getChatSnapshot`), or a promise of it, which suspends. It is in the first HTML,
   * and the connection goes on from its head.
   */
  initial?: Snapshot | null | undefined | Promise<Snapshot | null>
  /** False: shows what is loaded, follows nothing. Default true. */
  enabled?: boolean | undefined
  /** Every durable change that arrives live, after it was applied. A new function subscribes nothing anew. */
  onEvent?: ((event: Event) => void) | undefined
  /** Rows were replaced, and changes between them may never have been seen. */
  onGap?: ((gap: Gap) => void) | undefined
}

export interface UseChatResult<Data extends JsonObject = JsonObject> {
  readonly roomId: string
  readonly status: ConnectionStatus
  /** Why the room is denied, else why the connection is down, else why the last action failed. */
  readonly error: ChatError | null
  /** Who is reading; null until that is known. */
  readonly user: User | null
  readonly room: RoomRow | null
  /** The user's own member row; null for a visitor of a public room. */
  readonly me: MemberRow | null
  readonly members: readonly MemberRow[]
  readonly membersComplete: boolean
  /** Oldest first; then what isn't stored yet. Unchanged messages keep their identity, and ids never change. */
  readonly messages: readonly Message<Data>[]
  readonly isLoading: boolean
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** Whether the user's role allows it. False until the room is known. */
  can(action: Action): boolean
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  jumpTo(id: string): Promise<void>
  jumpToLatest(): Promise<void>
  loadMembers(): Promise<void>
  /** Shows the message at once; resolves when it is stored, rejects when it was refused (then it stays, as `failed`). */
  send(draft: string | Draft<Data>): ReturnType<Room['send']>
  retry(id: string): ReturnType<Room['retry']>
  discard(id: string): Promise<boolean>
  edit(id: string, patch: string | MessagePatch<Data>): Promise<void>
  remove(id: string): Promise<void>
  /** Sets (`on`) or clears one's reaction; without `on`, the other of the two. */
  react(id: string, emoji: string, on?: boolean): Promise<void>
  join(): ReturnType<Room['join']>
  leave(): Promise<void>
}
