'use client'
/** SessionEnded leads back to the sign-in when the chat says that nobody is signed in on this page any more. */
import { useConnection } from '@parlor/react'
import { usePathname } from 'next/navigation'
import css from './shell.module.css'

export function SessionEnded() {
  const { status, error } = useConnection()
  const path = usePathname()
  if (status !== 'denied' || !error || !ENDED.has(error.code)) return null
  return (
    <p className={css.ended} role="alert">
      You’re signed out here. {/* Not a Link: everything of the old session goes with the page. */}
      <a href={path === '/' ? '/' : `/?to=${encodeURIComponent(path)}`}>Sign in again</a>
    </p>
  )
}

const ENDED: ReadonlySet<string> = new Set(['signed_out', 'session_revoked', 'user_changed', 'expired'])
