/** RoomView: a room's snapshot out of its parts; the same object, and the same lists in it, until something changes. */
import type { MemberRow, User } from '@parlor/protocol'
import type { Changes } from './changes.ts'
import type { ChatError } from './errors.ts'
import type { History } from './history.ts'
import { createMessagesView } from './messages-view.ts'
import type { Outbox } from './outbox.ts'
import type { RoomSync } from './room-sync.ts'
import type { ConnectionSnapshot, ConnectionStatus, RoomSnapshot } from './types.ts'

export interface RoomView {
  read(parts: RoomParts): RoomSnapshot
}

export function createRoomView(roomId: string): RoomView {
  const messagesView = createMessagesView()
  let memberMap: ReadonlyMap<string, MemberRow> = NOBODY
  let members: readonly MemberRow[] = []
  let snapshot: RoomSnapshot | undefined

  const readMembers = (map: ReadonlyMap<string, MemberRow>): readonly MemberRow[] => {
    if (map === memberMap) return members
    memberMap = map
    members = [...map.values()].filter(({ gone }) => gone === undefined).sort(byJoining)
    return members
  }

  return {
    read({ sync, connection, history, outbox, changes, user, actionError }) {
      const { state } = sync
      const status = statusOf(sync, connection)
      const next: RoomSnapshot = {
        roomId,
        status,
        error: sync.error ?? connection.error ?? actionError,
        user,
        room: state?.room ?? null,
        me: state?.me && state.me.gone === undefined ? state.me : null,
        members: readMembers(state?.members ?? NOBODY),
        membersComplete: state?.membersComplete ?? false,
        messages: messagesView.read({
          roomId,
          rows: state?.rows ?? [],
          entries: outbox.entries(),
          changesOver: changes.over,
          viewer: user,
        }),
        isLoading: state === null && status !== 'denied',
        isLoadingOlder: history.isLoadingOlder,
        isLoadingNewer: history.isLoadingNewer,
        hasOlder: state !== null && state.window.low > 0,
        hasNewer: state !== null && state.window.high < Number.POSITIVE_INFINITY,
      }
      if (!snapshot || !isSame(snapshot, next)) snapshot = next
      return snapshot
    },
  }
}

/** A room is never better than its connection. */
function statusOf({ phase }: RoomSync, { status }: ConnectionSnapshot): ConnectionStatus {
  if (phase === 'denied' || status === 'denied') return 'denied'
  if (phase === 'closed') return 'idle'
  if (status !== 'live' && status !== 'catching-up') return status
  return phase === 'open' ? 'live' : 'catching-up'
}

function isSame(one: RoomSnapshot, other: RoomSnapshot): boolean {
  return (Object.keys(other) as (keyof RoomSnapshot)[]).every((key) => one[key] === other[key])
}

function byJoining(one: MemberRow, other: MemberRow): number {
  return one.joinedAt - other.joinedAt || (one.userId < other.userId ? -1 : 1)
}

const NOBODY: ReadonlyMap<string, MemberRow> = new Map()

// --- types ---

export interface RoomParts {
  sync: RoomSync
  connection: ConnectionSnapshot
  history: History
  outbox: Outbox
  changes: Changes
  /** Who reads. */
  user: User | null
  /** Why the last action failed; null after one that succeeded. */
  actionError: ChatError | null
}
