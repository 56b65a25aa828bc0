/** Shell is the frame of every page for somebody who is signed in: the rooms on the left, the page on the right. */
import { getChatRooms } from '@parlor/next'
import type { ReactNode } from 'react'
import type { CreateRoom } from './manage-rooms.ts'
import { NewRoom } from './new-room.tsx'
import type { DemoUser } from './people.ts'
import { RoomList } from './room-list.tsx'
import { isConnectionShared, publicServiceUrl } from './service.ts'
import { ShellFrame } from './shell-frame.tsx'

export function Shell({ user, signOut, createRoom, children }: ShellProps) {
  return (
    <ShellFrame
      user={user}
      serviceUrl={publicServiceUrl()}
      shareConnection={isConnectionShared()}
      newRoom={<NewRoom create={createRoom} />}
      rooms={<Rooms userId={user.id} />}
      signOut={signOut}
    >
      {children}
    </ShellFrame>
  )
}

/** Read beside the page, not before it: a service that doesn't answer holds both up once, for 1.5 s, together. */
async function Rooms({ userId }: { userId: string }) {
  return <RoomList initial={await getChatRooms()} userId={userId} />
}

// --- types ---

interface ShellProps {
  user: DemoUser
  signOut: ReactNode
  createRoom: CreateRoom
  children: ReactNode
}
