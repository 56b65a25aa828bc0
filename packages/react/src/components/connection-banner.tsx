'use client'
/** ConnectionBanner: says when the connection isn't there, and what is being done or can be done about it. */
import type { ConnectionStatus } from '@parlor/client'
import { type ReactNode, useEffect, useState } from 'react'
import { useShowHints, useStrings } from '../chat-context.ts'
import { type ChatStrings, describeError } from '../strings.ts'
import { useConnection } from '../use-connection.ts'

/**
 * Silent for the first moment: most breaks are over before anybody needs to know. What is final is said at once. It lies
 * over the top of its nearest positioned ancestor, so that nothing moves when it comes and goes.
 */
export function ConnectionBanner(): ReactNode {
  const strings = useStrings()
  const showHints = useShowHints()
  const { status, error, retry } = useConnection()
  const shown = useSettled(status)
  const text = textOf(shown, error, strings)
  return (
    <div className="parlor parlor-banner" role="status" data-status={shown}>
      {text !== null && (
        <div className="parlor-banner-card">
          <span className="parlor-banner-dot" aria-hidden="true" />
          <div className="parlor-banner-text">
            <p>{text}</p>
            {showHints && error?.hint && (shown === 'denied' || (shown === 'offline' && navigator.onLine)) && (
              <p className="parlor-banner-hint">{error.hint}</p>
            )}
          </div>
          {(shown === 'offline' || (shown === 'denied' && !SIGNED_OUT.has(error?.code ?? ''))) && (
            <button type="button" className="parlor-button" onClick={retry}>
              {strings.tryNow}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

/**
 * The status as it is worth showing: what is neither `live` nor final only after it has lasted, and the tries of an
 * outage as one outage, or the text would change with every try.
 */
function useSettled(status: ConnectionStatus): ConnectionStatus {
  const isPrompt = status === 'live' || status === 'denied' || status === 'idle'
  const [hasLasted, setHasLasted] = useState(false)
  const [wasOffline, setWasOffline] = useState(false)
  if (isPrompt && hasLasted) setHasLasted(false)
  if (isPrompt && wasOffline) setWasOffline(false)
  if (status === 'offline' && !wasOffline) setWasOffline(true)
  useEffect(() => {
    if (isPrompt) return
    const timer = setTimeout(() => setHasLasted(true), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [isPrompt])
  if (isPrompt) return status
  if (!hasLasted) return 'live'
  return wasOffline && status === 'connecting' ? 'offline' : status
}

/** Another try changes nothing before somebody signs in. */
const SIGNED_OUT: ReadonlySet<string> = new Set(['signed_out', 'session_revoked'])

/** A reconnect takes well under a second; what takes longer is worth a word. */
const SETTLE_MS = 1_200

function textOf(status: ConnectionStatus, error: { code: string } | null, strings: ChatStrings): string | null {
  switch (status) {
    case 'idle':
    case 'live':
      return null
    case 'connecting':
      return strings.connecting
    case 'catching-up':
      return strings.catchingUp
    case 'offline':
      // The browser knows only of its own network: with that, it is the service that is away.
      return navigator.onLine ? strings.unreachable : strings.offline
    case 'expired':
      return strings.expired
    case 'denied':
      return describeError(strings, error, strings.denied)
  }
}
