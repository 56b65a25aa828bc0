/** Landing is what somebody sees who isn't signed in: what this is, and the one field that lets them in. */
import type { ReactNode } from 'react'
import { FloorPlan } from './floor-plan.tsx'
import css from './landing.module.css'
import { Logo } from './logo.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

/** @param auth what signs people in here, for the line at the foot: `NextAuth.js v4` */
export function Landing({ auth, signIn }: { auth: string; signIn: ReactNode }) {
  return (
    <div className={css.page}>
      <header className={css.top}>
        <Logo />
        <ThemeToggle />
      </header>
      <main className={css.main}>
        <div className={css.words}>
          <h1 className={css.title}>Come in, take&nbsp;a&nbsp;seat.</h1>
          <p className={css.lead}>
            Three rooms are open, and you can close the door of a fourth. Sign in with a name, then open a second
            browser as somebody else and talk.
          </p>
          {signIn}
        </div>
        <FloorPlan className={css.plan} />
      </main>
      <footer className={css.foot}>
        <p>Signed in by {auth}. Chat by Parlor, on the session that it makes.</p>
      </footer>
    </div>
  )
}
