'use client'
/** PresenceCount: how many people are in a room now. */
import type { ReactNode } from 'react'
import { useStrings } from '../chat-context.ts'
import { fillCount } from '../strings.ts'
import { usePresence } from '../use-presence.ts'
import { PresenceDot } from './presence-dot.tsx'

/** Nothing until it is known. */
export function PresenceCount({ roomId }: PresenceCountProps): ReactNode {
  const strings = useStrings()
  const { count, isLoading, isDegraded } = usePresence(roomId)
  if (isLoading) return null
  return (
    <span
      className="parlor parlor-online"
      data-degraded={isDegraded || undefined}
      title={isDegraded ? strings.onlineUnsure : undefined}
    >
      <span aria-hidden="true" className="parlor-online-dot">
        <PresenceDot state="online" />
      </span>
      {fillCount(strings.onlineCount, count, undefined)}
    </span>
  )
}

// --- types ---

export interface PresenceCountProps {
  roomId: string
}
