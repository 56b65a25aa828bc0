/** Sign-in with NextAuth.js v4: a name is enough, because this is a demo. Only this file and its neighbours know NextAuth. */
import { withParlor } from '@parlor/next'
import { getServerSession, type NextAuthOptions } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { cache } from 'react'
import { type DemoUser, userOf } from './ui/people.ts'

export const authOptions = withParlor<NextAuthOptions>({
  providers: [
    Credentials({
      name: 'a name',
      credentials: { name: { label: 'Your name', type: 'text' } },
      authorize: (credentials) => userOf(credentials?.name),
    }),
  ],
  session: { strategy: 'jwt' },
  pages: { signIn: '/', error: '/' },
})

/** Who is signed in; read once for each request. */
export const currentUser = cache(async (): Promise<DemoUser | null> => {
  // The default session object has the name and not the id, which for this provider follows from the name.
  const session = await getServerSession(authOptions)
  return userOf(session?.user?.name)
})
