'use client'
/** LocalTime says when something was, in the reader's own zone; nothing until the page knows the zone. */
import { useSyncExternalStore } from 'react'

/** `14:05` for today, `Tue` within a week, `23 Nov` before. @param at ms since 1970 */
export function LocalTime({ at, className }: { at: number; className?: string | undefined }) {
  const text = useSyncExternalStore(
    subscribe,
    () => format(at),
    () => '',
  )
  return (
    <time className={className} dateTime={new Date(at).toISOString()}>
      {text}
    </time>
  )
}

function format(at: number): string {
  const midnight = new Date().setHours(0, 0, 0, 0)
  if (at >= midnight) return new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' }).format(at)
  const isRecent = at >= midnight - 6 * DAY_MS
  return new Intl.DateTimeFormat(
    undefined,
    isRecent ? { weekday: 'short' } : { day: 'numeric', month: 'short' },
  ).format(at)
}

function subscribe(onChange: () => void): () => void {
  const timer = setInterval(onChange, 60_000)
  return () => clearInterval(timer)
}

const DAY_MS = 86_400_000
