/** A session is one connection in one room's feed, from when it asks for the room until it leaves it. */
import type { Position, User } from '@parlor/protocol'
import type { OpenRoomQuery } from '../store/rooms.ts'
import type { FeedEntry } from './feed-entry.ts'
import type { HubConnection } from './hub.ts'

/**
 * Gives a session that isn't live what the feed accepted above what it has read. `there`: it stands where the feed does
 * and can go live. `ahead`: live now, it would get again what it has. `behind`: there is a hole. `removed`: its user was.
 */
export function advance(session: Session, feed: Position): 'there' | 'ahead' | 'behind' | 'removed' {
  const { reader, query, entries } = session
  for (const entry of entries) {
    if (!session.at || entry.to <= session.at.seq) continue
    if (entry.from > session.at.seq) return 'behind'
    const isRemoved = entry.removedUserIds.includes(query.userId)
    // A range holds rows from after the removal; an event ends exactly at it.
    if (!(isRemoved && entry.isRange)) reader.enqueueItem(entry.json)
    if (isRemoved) return 'removed'
    session.at = { epoch: entry.epoch, seq: entry.to }
  }
  session.entries = []
  const seq = session.at?.seq ?? 0
  if (seq === feed.seq) return 'there'
  return seq < feed.seq ? 'behind' : 'ahead'
}

// --- types ---

/** A connection, as a feed knows it. */
export interface Reader extends HubConnection {
  /** Who signed in. */
  readonly user: User | undefined
  /** The socket is closed, or about to be. */
  readonly isClosed: boolean
  enqueueItem(json: string): void
  /** The service closed the room on this connection. */
  onRoomClosed(roomId: string): void
}

export interface Session {
  reader: Reader
  query: OpenRoomQuery
  /** What the feed accepted since this session was registered, until it is live. */
  entries: FeedEntry[]
  /** What was sent to it, once it was read and until it is live; then it stands where the feed does. */
  at: Position | undefined
  /** It was answered, so it was let in, and not out again since: it is live, or is being brought up to date. */
  isIn: boolean
}
