'use client'
/** ShellFrame holds the chat connection, and shows either the rooms or the page where there is space for one only. */
import { Avatar, ChatProvider } from '@parlor/react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { Logo } from './logo.tsx'
import type { DemoUser } from './people.ts'
import { SessionEnded } from './session-ended.tsx'
import css from './shell.module.css'
import { ThemeToggle } from './theme-toggle.tsx'

export function ShellFrame({ user, serviceUrl, shareConnection, newRoom, rooms, signOut, children }: ShellFrameProps) {
  const view = usePathname().startsWith('/rooms/') ? 'room' : 'list'
  return (
    <ChatProvider url={serviceUrl} userId={user.id} shareConnection={shareConnection} showHints>
      <div className={css.shell} data-view={view}>
        <div className={css.side}>
          <header className={css.top}>
            <Link href="/" className={css.home} aria-label="Parlor, all rooms">
              <Logo />
            </Link>
            <ThemeToggle />
            {newRoom}
          </header>
          <nav className={css.rooms} aria-label="Rooms">
            {rooms}
          </nav>
          <footer className={css.me}>
            <Avatar user={{ ...user, picture: null }} size="small" />
            <span className={css.myName}>
              <bdi>{user.name}</bdi>
            </span>
            {signOut}
          </footer>
        </div>
        <div className={css.main}>
          <SessionEnded />
          {children}
        </div>
      </div>
    </ChatProvider>
  )
}

// --- types ---

interface ShellFrameProps {
  user: DemoUser
  serviceUrl: string
  shareConnection: boolean
  newRoom: ReactNode
  rooms: ReactNode
  signOut: ReactNode
  children: ReactNode
}
