/** withParlor: makes a sign-out of the app a sign-out of the chat. */
import { ChatError } from '@parlor/protocol'
import { mintServerToken } from './mint.ts'
import { callService } from './service.ts'
import { hashSessionId } from './session.ts'
import { readServiceUrl, type Secret } from './settings.ts'

/**
 * Wraps the options of NextAuth v4 or the config of Auth.js v5 (also a function that returns it): every sign-in gets an
 * id of its own, which chat tokens carry; when it is signed out, the chat closes its connections within a second. Your own
 * callbacks and events run as before. Without it, a signed-out page leaves the chat when its token ends.
 *
 * ```ts
 * export const { handlers, auth } = NextAuth(withParlor({ providers: [GitHub] }))
 * ```
 *
 * A sign-out never fails and never waits for longer than 2 s because of the chat; what went wrong is on the console.
 */
export function withParlor<C extends object>(config: C, options: WithParlorOptions = {}): C {
  if (typeof config !== 'function') return wrap(config, options)
  // Auth.js v5 calls such a function for every request.
  const read = config as (...args: unknown[]) => object | Promise<object>
  const lazy = async (...args: unknown[]) => wrap(await read(...args), options)
  return lazy as unknown as C
}

/** How long a sign-out waits for the chat, in ms. */
const REVOKE_TIMEOUT_MS = 2_000

function wrap<C extends object>(config: C, options: WithParlorOptions): C {
  const { callbacks, events, secret, jwt } = config as AuthConfigLike
  return {
    ...config,
    callbacks: {
      ...callbacks,
      async jwt(params: JwtParams) {
        // There is a user only at a sign-in. A session from before gets no id: two tabs that refresh it at once would
        // give it two, and a live connection's session may not change.
        const sid = readSid(params.token) ?? (params.user ? crypto.randomUUID() : undefined)
        if (sid !== undefined) params.token.sid = sid
        const token = callbacks?.jwt ? await callbacks.jwt(params) : params.token
        // A callback that builds a token of its own keeps the sign-in all the same; null ends the session.
        return token && sid !== undefined && readSid(token) === undefined ? { ...token, sid } : token
      },
    },
    events: {
      ...events,
      async signOut(message: SignOutMessage) {
        try {
          await events?.signOut?.(message)
        } finally {
          await revoke(message, options.secret || jwt?.secret || secret || undefined, options)
        }
      },
    },
  }
}

/** Tells the chat; says so on the console when that fails, and never throws. */
async function revoke(message: SignOutMessage, secret: Secret | undefined, options: WithParlorOptions): Promise<void> {
  try {
    const sid = readSid(message?.token) ?? (await readDatabaseSid(message))
    // A session from before `withParlor`, or an adapter that doesn't return what it deleted.
    if (sid === undefined) return
    const url = readServiceUrl(options.url)
    const token = await mintServerToken(secret)
    const call = { url, token, path: '/v1/sessions/revoke', method: 'POST', body: { sid } } as const
    await callService({ ...call, timeoutMs: options.timeoutMs ?? REVOKE_TIMEOUT_MS })
  } catch (error) {
    const why = error instanceof ChatError ? [error.message, error.hint].filter(Boolean).join(' ') : String(error)
    console.warn(`[parlor] The chat wasn’t told of a sign-out; its connections end with their token. ${why}`)
  }
}

async function readDatabaseSid(message: SignOutMessage): Promise<string | undefined> {
  const sessionToken = message?.session?.sessionToken
  return typeof sessionToken === 'string' ? hashSessionId(sessionToken) : undefined
}

function readSid(token: { sid?: unknown } | null | undefined): string | undefined {
  return typeof token?.sid === 'string' && token.sid !== '' ? token.sid : undefined
}

// --- types ---

export interface WithParlorOptions {
  /** The service's address; `PARLOR_URL`, else `NEXT_PUBLIC_PARLOR_URL`, unless given; in development `http://localhost:4000`. */
  url?: string | undefined
  /** The secret, when it is neither in the config nor in AUTH_SECRET or NEXTAUTH_SECRET. */
  secret?: Secret | undefined
  /** How long a sign-out waits for the chat, in ms; 2,000 unless given. */
  timeoutMs?: number | undefined
}

/** The part of both versions' configs that is read or wrapped. */
interface AuthConfigLike {
  secret?: Secret
  jwt?: { secret?: Secret }
  callbacks?: { jwt?: (params: JwtParams) => Token | null | Promise<Token | null> }
  events?: { signOut?: (message: SignOutMessage) => void | Promise<void> }
}

interface JwtParams {
  token: Token
  [param: string]: unknown
}

type Token = Record<string, unknown>

type SignOutMessage = { token?: Token | null; session?: { sessionToken?: unknown } | null } | undefined
