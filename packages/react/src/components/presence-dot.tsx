'use client'
/** PresenceDot: a filled dot for who is online, a ring for who is away, nothing for who isn't there. */
import type { PresenceState } from '@parlor/client'
import type { ReactNode } from 'react'
import { useStrings } from '../chat-context.ts'

/** Lies on the corner of what it stands in, such as an avatar's box. */
export function PresenceDot({ state }: PresenceDotProps): ReactNode {
  const strings = useStrings()
  if (!state) return null
  const label = state === 'away' ? strings.away : strings.online
  return <span className="parlor parlor-dot" data-state={state} role="img" aria-label={label} title={label} />
}

// --- types ---

export interface PresenceDotProps {
  /** Undefined: not there. */
  state: PresenceState | undefined
}
