/** The state of a room as the server renders it, and as the browser must repeat it while it hydrates. */
import { createChatClient, type JsonObject, type RoomSnapshot, type Snapshot } from '@parlor/client'

/**
 * A pure function of `initial`: by the time a late part of the page hydrates, the room itself may have moved on.
 * The same object for the same `initial`.
 */
export function serverSnapshotOf<Data extends JsonObject>(
  roomId: string,
  initial: Snapshot | null,
): RoomSnapshot<Data> {
  const known = initial ? rendered.get(initial) : empty.get(roomId)
  if (known) return known as RoomSnapshot<Data>
  // A client that nobody connects: what it says of the room is what a connected one says before it connects.
  const snapshot = createChatClient({ url: 'http://localhost' }).room<Data>(roomId, { initial }).getSnapshot()
  if (initial) rendered.set(initial, snapshot)
  else {
    if (empty.size >= MAX_EMPTY) empty.clear()
    empty.set(roomId, snapshot)
  }
  return snapshot
}

const rendered = new WeakMap<Snapshot, RoomSnapshot>()
const empty = new Map<string, RoomSnapshot>()

/** A server sees many room ids; a page only few. */
const MAX_EMPTY = 100
