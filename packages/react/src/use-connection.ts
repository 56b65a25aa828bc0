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
  const forget = useCallback(() => client.forget(), [client])
  return useMemo(() => ({ ...snapshot, retry, forget }), [snapshot, retry, forget])
}

const UNCONNECTED: ConnectionSnapshot = { status: 'idle', error: null, user: null, retryAt: null }

function getServerSnapshot(): ConnectionSnapshot {
  return UNCONNECTED
}

// --- types ---

export interface UseConnectionResult extends ConnectionSnapshot {
  /** Tries again at once: after `denied`, or instead of waiting while `offline`. Keeps its identity. */
  retry(): void
  /**
   * Deletes everything that chat keeps on this device, for all tabs. Call it before a sign-out that leaves the page;
   * never rejects. Keeps its identity.
   */
  forget(): Promise<void>
}
