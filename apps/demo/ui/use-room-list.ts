'use client'
/** useRoomList keeps the list of rooms fresh. */
import type { getChatRooms } from '@parlor/next'

export function useRoomList(initial: RoomSummary[] | null): RoomSummary[] | null {
  return initial
}

// --- types ---

export type RoomSummary = NonNullable<Awaited<ReturnType<typeof getChatRooms>>>[number]
