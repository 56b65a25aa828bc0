/** Authenticator: from a token, whatever its kind, to a user; the only door of sign-in. */
import { ChatError } from '@parlor/protocol'
import { AuthJsV5Verifier } from './authjs-v5.ts'
import { ChatTokenVerifier } from './chat-token.ts'
import { type AuthConfig, AuthConfigError, readCookieNames } from './config.ts'
import { readSessionCookie } from './cookie.ts'
import { Hs256Verifier } from './hs256.ts'
import type { Identity } from './identity.ts'
import { JwksVerifier } from './jwks.ts'
import { NextAuthV4Verifier } from './nextauth-v4.ts'
import { deriveTokenKey, findWeakness, isKeyOfNothing } from './secrets.ts'
import { ServerTokenVerifier } from './server-token.ts'
import { readTokenShape, type TokenShape } from './token-shape.ts'
import type { TokenVerifier } from './verifier.ts'

/**
 * Derives every key, once, and returns what the service signs people in with.
 *
 * ```ts
 * const auth = createAuthenticator(readAuthConfig(process.env).config)
 * const { user, expiresAt } = await auth.authenticate(token)
 * ```
 *
 * @throws AuthConfigError for an empty secret, or the key of one, and for a weak one in production
 */
export function createAuthenticator(config: AuthConfig): Authenticator {
  requireGoodSecrets(config)
  const now = config.now ?? Date.now
  const tokenKeys = [...config.tokenKeys, ...config.secrets.map(deriveTokenKey)]
  const verifiers = createVerifiers(config, tokenKeys, now)
  const servers = tokenKeys.length > 0 ? new ServerTokenVerifier(tokenKeys, now) : undefined

  async function authenticate(token: string): Promise<Identity> {
    const shape = readTokenShape(token)
    const verifier = verifiers[shape]
    if (verifier) return verifier.verify(token)
    if (shape === 'server') throw new ChatError('wrong_audience', { hint: 'A server token signs nobody in.' })
    throw new ChatError('token_unsupported', { hint: HOW_TO_ENABLE[shape] })
  }

  async function authenticateCookie(header: string | undefined): Promise<Identity | undefined> {
    const token = config.cookieSignIn ? readSessionCookie(header, config) : undefined
    if (token === undefined) return undefined
    const shape = readTokenShape(token)
    const verifier = shape === 'nextauth-v4' || shape === 'authjs-v5' ? verifiers[shape] : undefined
    if (!verifier)
      throw new ChatError('token_unsupported', { hint: 'This session cookie is of a kind that is not enabled.' })
    const identity = await verifier.verify(token)
    return { ...identity, kind: 'cookie', expiresAt: Math.min(identity.expiresAt, now() + COOKIE_LIFE_MS) }
  }

  async function authenticateServer(token: string): Promise<void> {
    const shape = readTokenShape(token)
    if (shape !== 'server')
      throw new ChatError('wrong_audience', { hint: 'This route takes the token of an app’s server.' })
    if (!servers) throw new ChatError('token_unsupported', { hint: HOW_TO_ENABLE.chat })
    await servers.verify(token)
  }

  return { authenticate, authenticateCookie, authenticateServer }
}

/** How long a cookie signs in before the client must connect again: the service can't see it change or go. 15 minutes. */
export const COOKIE_LIFE_MS = 900_000

const HOW_TO_ENABLE: Readonly<Record<Exclude<TokenShape, 'server'>, string>> = {
  chat: 'Set AUTH_SECRET or PARLOR_TOKEN_SECRET as in the app.',
  'nextauth-v4':
    'NextAuth v4 session tokens need AUTH_SECRET or NEXTAUTH_SECRET, and nextauth-v4 in PARLOR_SESSION_TOKENS.',
  'authjs-v5': 'Auth.js v5 session tokens need AUTH_SECRET or NEXTAUTH_SECRET, and authjs-v5 in PARLOR_SESSION_TOKENS.',
  hs256: 'HS256 tokens of your own `encode` are read when PARLOR_HS256_SECRET is set.',
  jwks: 'Tokens of an issuer with a key set are read when PARLOR_JWT_ISSUER is set.',
}

function createVerifiers(config: AuthConfig, tokenKeys: Uint8Array[], now: () => number): Verifiers {
  const verifiers: Verifiers = {}
  if (tokenKeys.length > 0) verifiers.chat = new ChatTokenVerifier(tokenKeys, now)
  if (config.secrets.length > 0) {
    if (config.sessionTokens.includes('nextauth-v4')) {
      verifiers['nextauth-v4'] = new NextAuthV4Verifier(config.secrets, now)
    }
    if (config.sessionTokens.includes('authjs-v5')) {
      verifiers['authjs-v5'] = new AuthJsV5Verifier(config.secrets, readCookieNames(config), now)
    }
  }
  if (config.hs256) verifiers.hs256 = new Hs256Verifier(config.hs256, now)
  if (config.issuers.length > 0) verifiers.jwks = new JwksVerifier(config.issuers, now)
  return verifiers
}

/** `readAuthConfig` says it with the setting's name; this guards the services that are configured in code. */
function requireGoodSecrets(config: AuthConfig): void {
  for (const secret of [...config.secrets, ...config.tokenKeys, ...(config.hs256?.secrets ?? [])]) {
    const isEmpty = typeof secret === 'string' ? secret.trim() === '' : secret.length === 0 || isKeyOfNothing(secret)
    if (isEmpty) throw new AuthConfigError('A secret', 'is empty, or the key of an empty one: anybody can make tokens.')
    const weakness = config.production && findWeakness(secret)
    if (weakness) throw new AuthConfigError('A secret', `${weakness}; production refuses it.`)
  }
}

// --- types ---

export interface Authenticator {
  /** Who a token of `hello`, `session.refresh` or an `Authorization` header names. Rejects with a ChatError only. */
  authenticate(token: string): Promise<Identity>
  /**
   * Who the session cookie of an upgrade names; undefined when cookies don't sign in here or there is none. The caller
   * must have seen an allowed `Origin`: every sibling of the app's domain sends this cookie along.
   */
  authenticateCookie(header: string | undefined): Promise<Identity | undefined>
  /** Resolves when the token is one of the app's own server. Rejects with a ChatError only. */
  authenticateServer(token: string): Promise<void>
}

type Verifiers = Partial<Record<Exclude<TokenShape, 'server'>, TokenVerifier>> & { server?: undefined }
