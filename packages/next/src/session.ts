/** ChatSession: who is signed in to the app, read from whatever kind of session it keeps. */
import { ChatError, cleanName, cleanPicture, readUserId, type User } from '@parlor/protocol'
import {
  type CookieReader,
  findSessionCookies,
  isSessionToken,
  openSessionToken,
  type SessionClaims,
  type SessionCookie,
} from './session-cookie.ts'
import { readSecrets, type Secret } from './settings.ts'

/**
 * Reads the session; never rolls or writes its cookie.
 *
 * @returns null when nobody is signed in
 * @throws ChatError when a cookie is there and can't be read, or when the session names nobody
 */
export async function readChatSession<S>(get: CookieReader, options: SessionOptions<S>): Promise<ChatSession | null> {
  const cookies = findSessionCookies(get, options.cookieName ?? options.authOptions?.cookies?.sessionToken?.name)
  if (options.auth) return readThroughAuth(cookies, options, options.auth as () => Promise<S | null>)
  const { adapter, session } = options.authOptions ?? {}
  const isInDatabase = (session?.strategy ?? (adapter ? 'database' : 'jwt')) === 'database'
  return adapter && isInDatabase ? readFromDatabase(cookies, options, adapter) : readFromToken(cookies, options)
}

/** The secret in the order in which NextAuth takes it; undefined leaves it to the environment. */
export function givenSecret(options: Pick<SessionOptions<never>, 'secret' | 'authOptions'>): Secret | undefined {
  return options.secret || options.authOptions?.jwt?.secret || options.authOptions?.secret || undefined
}

/** A session in a database is told by this instead of its id, which signs in to the whole app. */
export async function hashSessionId(sessionToken: string): Promise<string> {
  const bytes = new TextEncoder().encode(`parlor session ${sessionToken}`)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function readFromToken<S>(cookies: SessionCookie[], options: SessionOptions<S>): Promise<ChatSession | null> {
  const claims = await openFirst(cookies, options)
  if (!claims) return null
  const person = options.user
    ? await options.user(claims as S)
    : { id: claims.sub, name: claims.name, picture: claims.picture }
  if (!person) return null
  return { user: toUser(person), sid: readSid(claims.sid), expiresAt: readTime(claims.exp) }
}

async function readThroughAuth<S>(
  cookies: SessionCookie[],
  options: SessionOptions<S>,
  auth: () => Promise<S | null>,
): Promise<ChatSession | null> {
  const session = await auth()
  const { user, expires } = (session ?? {}) as DefaultSession
  if (!session || !user) return null
  // The session object has no id unless a callback adds one; the cookie has, when it is a token of the same person.
  const opened = await openFirst(cookies, options).catch(() => null)
  const claims = opened && isSamePerson(opened, user) ? opened : undefined
  const person = options.user
    ? await options.user(session)
    : { id: user.id ?? claims?.sub, name: user.name, picture: user.image }
  if (!person) return null
  const ends = [readTime(claims?.exp) ?? Number.NaN, Date.parse(expires ?? '')].filter(Number.isFinite)
  const opaque = cookies.find((cookie) => !isSessionToken(cookie))
  return {
    user: toUser(person),
    sid: readSid(claims?.sid) ?? (!claims && opaque ? await hashSessionId(opaque.value) : undefined),
    expiresAt: ends.length > 0 ? Math.min(...ends) : undefined,
  }
}

async function readFromDatabase<S>(
  cookies: SessionCookie[],
  options: SessionOptions<S>,
  adapter: SessionAdapter,
): Promise<ChatSession | null> {
  const cookie = cookies.find((candidate) => !isSessionToken(candidate))
  if (!cookie) return null
  const found = await adapter.getSessionAndUser?.(cookie.value)
  const expiresAt = found ? new Date(found.session.expires).getTime() : 0
  if (!found || !(expiresAt > Date.now())) return null
  const { user, session } = found
  const person = options.user
    ? await options.user({ ...session, user } as S)
    : { id: user.id, name: user.name, picture: user.image }
  if (!person) return null
  return { user: toUser(person), sid: await hashSessionId(cookie.value), expiresAt }
}

/** The first cookie that opens; left-overs of another version or secret don't stand in its way. */
async function openFirst<S>(cookies: SessionCookie[], options: SessionOptions<S>): Promise<SessionClaims | null> {
  const secret = givenSecret(options)
  const decode = options.authOptions?.jwt?.decode
  let failure: unknown
  for (const cookie of cookies) {
    try {
      if (!decode) return await openSessionToken(cookie, readSecrets(secret))
      const claims = await decode({ token: cookie.value, secret: readSecrets(secret)[0] ?? '', salt: '' })
      if (claims) return claims
    } catch (error) {
      failure ??= error
    }
  }
  if (failure) throw failure
  return null
}

/** A cookie that the app left behind (another version's) may be somebody else's. */
function isSamePerson(claims: SessionClaims, user: NonNullable<DefaultSession['user']>): boolean {
  if (user.id !== undefined) return String(user.id) === String(claims.sub)
  const [name, email] = [user.name ?? null, user.email ?? null]
  return (name ?? email) !== null && name === (claims.name ?? null) && email === (claims.email ?? null)
}

function toUser(person: Person): User {
  const id = readUserId(person.id)
  if (id !== undefined) return { id, name: cleanName(person.name), picture: cleanPicture(person.picture) }
  throw new ChatError('subject_missing', {
    message: 'The session has no user id.',
    hint: 'Add it in the `session` callback, as session.user.id, or give `user: (session) => ({ id, name, picture })`.',
  })
}

function readSid(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function readTime(seconds: unknown): number | undefined {
  return typeof seconds === 'number' ? seconds * 1000 : undefined
}

// --- types ---

export interface ChatSession {
  user: User
  /** The sign-in, which a sign-out revokes. */
  sid: string | undefined
  /** When the session ends, in ms since 1970, where it says so. */
  expiresAt: number | undefined
}

/** Where the session is and who it names. Without any of these: the token in NextAuth's own cookie. */
export interface SessionOptions<S> {
  /** Reads the session your own way: `auth` of Auth.js v5, or `() => getServerSession(authOptions)` of NextAuth v4. */
  auth?: (() => Promise<S | null>) | AnyAuth | undefined
  /** NextAuth v4's options: sessions in a database, or a `decode` of your own. */
  authOptions?: AuthOptionsLike | undefined
  /** Who the session names, when that isn't `sub` (tokens) or `user.id` (others). Null: nobody. */
  user?: ((session: S) => Person | null | PromiseLike<Person | null>) | undefined
  /** The secret, when it isn't in AUTH_SECRET or NEXTAUTH_SECRET. */
  secret?: Secret | undefined
  /** The name of the session cookie, when it is the app's own. `AUTH_COOKIE_NAME` says it too. */
  cookieName?: string | undefined
}

/** The `auth` of Auth.js v5 can be called in five ways, of which TypeScript would infer the session from the wrong one. */
type AnyAuth = () => Promise<unknown>

export interface Person {
  id: string | number | undefined
  name?: string | null | undefined
  picture?: string | null | undefined
}

/** The part of NextAuth v4's `AuthOptions` that is read. */
export interface AuthOptionsLike {
  secret?: string | undefined
  session?: { strategy?: 'jwt' | 'database' | undefined } | undefined
  jwt?: { secret?: string | undefined; decode?: SessionDecode | undefined } | undefined
  cookies?: { sessionToken?: { name: string } | undefined } | undefined
  adapter?: SessionAdapter | undefined
}

export type SessionDecode = (params: {
  token: string
  secret: string
  salt: string
}) => SessionClaims | null | PromiseLike<SessionClaims | null>

export interface SessionAdapter {
  getSessionAndUser?: ((sessionToken: string) => SessionAndUser | null | PromiseLike<SessionAndUser | null>) | undefined
}

interface SessionAndUser {
  session: { expires: Date }
  user: { id: string; name?: string | null; image?: string | null }
}

interface DefaultSession {
  user?: { id?: string; name?: string | null; email?: string | null; image?: string | null }
  expires?: string
}
