'use client'
/** useConnection: how the connection of the provider is, and a way to try again at once. */
import type { ConnectionSnapshot } from '@parlor/client'
import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { useChatContext } from './chat-context.ts'

/** @example const { status, error, retry } = useConnection() */
export function useConnection(): UseConnectionResult {
  const { client } = useChatContext()
  const subscribe = useCallback((listener: () => void) => client.subscribe(listener), [client])
  const snapshot = useSyncExternalStore(subscribe, () => client.getSnapshot(), getServerSnapshot)
  const retry = useCallback(() => client.retry(), [client])
  return useMemo(() => ({ ...snapshot, retry }), [snapshot, retry])
}

const UNCONNECTED: ConnectionSnapshot = { status: 'idle', error: null, user: null, retryAt: null }

function getServerSnapshot(): ConnectionSnapshot {
  return UNCONNECTED
}

// --- types ---

export interface UseConnectionResult extends ConnectionSnapshot {
  /** Tries again at once: after `denied`, or instead of waiting while `offline`. Keeps its identity. */
  retry(): void
}
