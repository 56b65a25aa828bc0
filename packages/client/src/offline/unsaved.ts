/** Unsaved is what changed since it was last written, besides outboxes: rooms, which may wait a moment, and the user's name. */
import type { User } from '@parlor/protocol'
import type { Cancel, Clock } from '../clock.ts'
import type { RoomState } from '../room-state.ts'
import { type KeptRoom, keepRoom } from './kept-room.ts'

export interface Unsaved {
  /** The room moved. `isSoon`: `onDue` is called a little later. */
  touch(roomId: string, isSoon: boolean): void
  /** The room is no longer theirs to see: what is kept of it goes. */
  drop(roomId: string): void
  /** The service has said how the user is named. */
  confirm(user: User): void
  /** Rooms that moved wait no longer. */
  hurry(): void
  /** Takes what is due, as it is now; undefined if there is nothing. */
  take(stateOf: (roomId: string) => RoomState | null | undefined): Due | undefined
  /** Forgets all of it. */
  clear(): void
}

export interface Due {
  /** Undefined: what is kept of it goes. */
  rooms: Map<string, KeptRoom | undefined>
  user: User | undefined
}

export function createUnsaved(clock: Clock, onDue: () => void): Unsaved {
  const moved = new Set<string>()
  const dropped = new Set<string>()
  let confirmed: User | undefined
  let stopTimer: Cancel | undefined
  return {
    touch(roomId, isSoon) {
      moved.add(roomId)
      if (isSoon) stopTimer ??= clock.after(ROOM_DELAY_MS, onDue)
    },
    drop(roomId) {
      moved.delete(roomId)
      dropped.add(roomId)
    },
    confirm(user) {
      confirmed = user
    },
    hurry() {
      stopTimer?.()
      stopTimer = undefined
    },
    take(stateOf) {
      const rooms = new Map<string, KeptRoom | undefined>()
      for (const roomId of dropped) rooms.set(roomId, undefined)
      dropped.clear()
      // Rooms that moved wait for their timer.
      if (!stopTimer) {
        for (const roomId of moved) {
          const state = stateOf(roomId)
          const kept = state && keepRoom(state)
          if (kept) rooms.set(roomId, kept)
        }
        moved.clear()
      }
      const user = confirmed
      confirmed = undefined
      return rooms.size > 0 || user ? { rooms, user } : undefined
    },
    clear() {
      moved.clear()
      dropped.clear()
      confirmed = undefined
    },
  }
}

/** Rooms change often; their last pages are written this much later. */
const ROOM_DELAY_MS = 500
