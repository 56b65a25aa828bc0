'use client'
/** usePresence: who is in a room now. */
import type { PresenceSnapshot } from '@parlor/client'
import { useMemo, useSyncExternalStore } from 'react'
import { useChatContext } from './chat-context.ts'

/**
 * People, however many devices they have, the reader included. The service is asked while a component uses it and the room
 * is open; it opens nothing itself.
 *
 * @example const { online, count } = usePresence('general')
 */
export function usePresence(roomId: string): PresenceSnapshot {
  const { client } = useChatContext()
  const { presence } = useMemo(() => client.room(roomId), [client, roomId])
  return useSyncExternalStore(presence.subscribe, presence.getSnapshot, getServerSnapshot)
}

const UNKNOWN: PresenceSnapshot = { online: [], count: 0, isComplete: false, isDegraded: false, isLoading: true }

function getServerSnapshot(): PresenceSnapshot {
  return UNKNOWN
}
