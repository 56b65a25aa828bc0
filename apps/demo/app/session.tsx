'use client'
/** Signing in and out with NextAuth, given to the pages that know nothing of it. */
import { signIn, signOut } from 'next-auth/react'
import { SignInForm } from '../ui/sign-in-form.tsx'
import { SignOutButton } from '../ui/sign-out-button.tsx'

/** @param to where to go then: a path of this app */
export function SignIn({ to }: { to: string }) {
  return (
    <SignInForm
      signIn={async (name) => {
        const result = await signIn('credentials', { name, redirect: false })
        if (!result || result.error) return false
        window.location.assign(to)
        return true
      }}
    />
  )
}

export function SignOut() {
  return (
    <SignOutButton
      signOut={async () => {
        await signOut({ redirect: false })
        window.location.assign('/')
      }}
    />
  )
}
