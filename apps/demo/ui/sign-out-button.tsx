'use client'
/** SignOutButton ends the session by the app's own sign-out, and leaves nothing of the chat on the device. */
import { useConnection } from '@parlor/react'
import { useState } from 'react'
import controls from './controls.module.css'
import { LeaveIcon } from './icons.tsx'

export function SignOutButton({ signOut }: { signOut: () => Promise<void> }) {
  const { forget } = useConnection()
  const [isBusy, setBusy] = useState(false)
  return (
    <button
      type="button"
      className={controls.icon}
      aria-label="Sign out"
      title="Sign out"
      disabled={isBusy}
      onClick={() => {
        setBusy(true)
        forget()
          .then(signOut)
          .catch(() => setBusy(false))
      }}
    >
      <LeaveIcon />
    </button>
  )
}
