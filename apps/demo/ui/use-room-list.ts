'use client'
/** useRoomList asks the app for one's rooms again from time to time, so that a room that somebody else made appears. */
import type { getChatRooms } from '@parlor/next'
import { useEffect, useState } from 'react'

/** @param initial the list in the first HTML; null when the chat didn't answer */
export function useRoomList(initial: RoomSummary[] | null): RoomSummary[] | null {
  const [rooms, setRooms] = useState(initial)

  useEffect(() => {
    const ended = new AbortController()
    const read = async () => {
      const answer = await fetch('/api/rooms', { signal: ended.signal }).catch(() => null)
      // Signed out, offline, or the chat is: what is shown stays.
      const fresh: RoomSummary[] | null = answer?.ok ? await answer.json().catch(() => null) : null
      if (fresh && !ended.signal.aborted) setRooms(fresh)
    }
    const refresh = () => {
      if (document.visibilityState === 'visible') void read()
    }
    const timer = setInterval(refresh, REFRESH_MS)
    document.addEventListener('visibilitychange', refresh)
    window.addEventListener(ROOMS_CHANGED, refresh)
    return () => {
      ended.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', refresh)
      window.removeEventListener(ROOMS_CHANGED, refresh)
    }
  }, [])

  return rooms
}

/** Tells the list that this page itself has changed it: a room made, or left. */
export function refreshRoomList(): void {
  window.dispatchEvent(new Event(ROOMS_CHANGED))
}

const ROOMS_CHANGED = 'parlor-demo:rooms-changed'

/** Messages come by themselves; only new rooms wait for this. */
const REFRESH_MS = 15_000

// --- types ---

export type RoomSummary = NonNullable<Awaited<ReturnType<typeof getChatRooms>>>[number]
