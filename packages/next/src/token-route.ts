/** The token route: exchanges the app's session cookie for a short token that the chat accepts. */
import { CHAT_TOKEN_LIFE, ChatError, parseCookies, type WireError } from '@parlor/protocol'
import { mintChatToken } from './mint.ts'
import { isSameOrigin } from './same-origin.ts'
import { givenSecret, readChatSession, type SessionOptions } from './session.ts'
import type { CookieReader, SessionClaims } from './session-cookie.ts'

/**
 * Makes the route handler that gives the signed-in person's browser its token, and nobody else's.
 *
 * ```ts
 * // app/api/chat/token/route.ts
 * import { createTokenRoute } from '@parlor/next'
 *
 * export const { POST } = createTokenRoute()
 * ```
 *
 * Sessions in a database, or with an `encode` of your own: `createTokenRoute({ auth })` with the `auth` of Auth.js v5,
 * `createTokenRoute({ authOptions })` with NextAuth v4.
 *
 * It answers `{ token, expiresAt }`; or with `{ code, message, hint }`: 401 when nobody is signed in, 403 when the page
 * isn't the app's own, 500 when a setting is missing. The session's cookie is never written, so a chat left open doesn't
 * keep a session alive.
 *
 * @throws RangeError when `lifeSeconds` isn't between 60 and 3,600
 */
export function createTokenRoute<S = SessionClaims>(options: TokenRouteOptions<S> = {}): TokenRoute {
  const { lifeSeconds = CHAT_TOKEN_LIFE.default } = options
  if (!(lifeSeconds >= CHAT_TOKEN_LIFE.min && lifeSeconds <= CHAT_TOKEN_LIFE.max)) {
    throw new RangeError(`lifeSeconds is ${CHAT_TOKEN_LIFE.min} to ${CHAT_TOKEN_LIFE.max}, not ${lifeSeconds}`)
  }

  async function POST(request: Request): Promise<Response> {
    try {
      if (!isSameOrigin(request)) return refuse(403, new ChatError('origin_refused', CROSS_SITE))
      const session = await readChatSession(readCookies(request), options)
      if (!session) return refuse(401, new ChatError('token_missing', { message: 'Nobody is signed in.' }))
      return answer(200, await mintChatToken(session, Math.floor(lifeSeconds), givenSecret(options)))
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      return refuse(APP_FAULTS.has(error.code) ? 500 : 401, error)
    }
  }

  return { POST }
}

const CROSS_SITE = {
  message: 'Only pages of the app itself get a token here.',
  hint: 'Behind a proxy, pass on the Host header, or X-Forwarded-Host.',
}

/** What the developer must change; the person can't. */
const APP_FAULTS: ReadonlySet<string> = new Set(['internal', 'subject_missing'])

function readCookies(request: Request): CookieReader {
  const cookies = parseCookies(request.headers.get('cookie') ?? '')
  return (name) => decode(cookies.get(name))
}

/** The id of a session in a database may be percent-encoded; a token never is. */
function decode(value: string | undefined): string | undefined {
  try {
    return value && decodeURIComponent(value)
  } catch {
    return value
  }
}

function refuse(status: number, error: ChatError): Response {
  return answer(status, error.toWire() satisfies WireError)
}

function answer(status: number, body: object): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

// --- types ---

export interface TokenRouteOptions<S> extends SessionOptions<S> {
  /** How long a token is good for, in seconds: 60 to 3,600, 600 unless given. The page gets the next one in time. */
  lifeSeconds?: number | undefined
}

export interface TokenRoute {
  POST(request: Request): Promise<Response>
}
