import type { ReactNode } from 'react'
import { currentUser } from '../auth.ts'
import { Document } from '../ui/document.tsx'
import { Shell } from '../ui/shell.tsx'
import { createRoom } from './actions.ts'
import { SignOut } from './session.tsx'

export { demoMetadata as metadata, demoViewport as viewport } from '../ui/document.tsx'

export default async function Layout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  return (
    <Document>
      {user ? (
        <Shell user={user} signOut={<SignOut />} createRoom={createRoom}>
          {children}
        </Shell>
      ) : (
        children
      )}
    </Document>
  )
}
