import { currentUser } from '../auth.ts'
import { Landing } from '../ui/landing.tsx'
import { Lobby } from '../ui/lobby.tsx'
import { type PageProps, pathAfterSignIn } from '../ui/paths.ts'
import { SignIn } from './session.tsx'

export default async function HomePage({ searchParams }: PageProps) {
  const user = await currentUser()
  if (user) return <Lobby user={user} />
  return <Landing auth="NextAuth.js v4" signIn={<SignIn to={pathAfterSignIn(await searchParams)} />} />
}
