/** Sign-in with Auth.js v5: a name is enough, because this is a demo. Only this file and its neighbours know Auth.js. */
import { withParlor } from '@parlor/next'
import { type DemoUser, userOf } from 'demo/ui/people.ts'
import NextAuth, { type NextAuthConfig } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { cache } from 'react'

const { handlers, auth } = NextAuth(
  withParlor<NextAuthConfig>({
    providers: [
      Credentials({
        name: 'a name',
        credentials: { name: { label: 'Your name', type: 'text' } },
        authorize: (credentials) => userOf(credentials.name),
      }),
    ],
    session: { strategy: 'jwt' },
    pages: { signIn: '/', error: '/' },
  }),
)

export { handlers }

/** Who is signed in; read once for each request. */
export const currentUser = cache(async (): Promise<DemoUser | null> => {
  // The default session object has the name and not the id, which for this provider follows from the name.
  const session = await auth()
  return userOf(session?.user?.name)
})
