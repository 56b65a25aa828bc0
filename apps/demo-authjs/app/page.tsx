import { Landing } from 'demo/ui/landing.tsx'
import { Lobby } from 'demo/ui/lobby.tsx'
import { type PageProps, pathAfterSignIn } from 'demo/ui/paths.ts'
import { currentUser } from '../auth.ts'
import { SignIn } from './session.tsx'

export default async function HomePage({ searchParams }: PageProps) {
  const user = await currentUser()
  if (user) return <Lobby user={user} />
  return <Landing auth="Auth.js v5" signIn={<SignIn to={pathAfterSignIn(await searchParams)} />} />
}
