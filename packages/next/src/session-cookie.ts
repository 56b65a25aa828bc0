/** SessionCookie: finds the session cookie of NextAuth v4 or Auth.js v5 and opens it, without ever writing it. */
import {
  authjsV5KeyInfo,
  ChatError,
  CLOCK_TOLERANCE,
  joinSessionCookie,
  NEXTAUTH_V4_KEY_INFO,
  SESSION_COOKIES,
  SESSION_ENCRYPTION,
  SESSION_KEY_BYTES,
} from '@parlor/protocol'
import { decodeProtectedHeader, errors, jwtDecrypt } from 'jose'
import { deriveKey } from './hkdf.ts'
import { isHttpsApp, readCookieName, readSessionTokens } from './settings.ts'

/**
 * The session cookies of a request, the likeliest first: v5 before v4, `__Secure-` before plain. An app on https has no
 * plain ones: such a cookie was planted. An app that moved from v4 to v5 leaves v4 cookies behind, which its sign-out
 * doesn't clear: `PARLOR_SESSION_TOKENS=authjs-v5` ends them.
 *
 * @param cookieName the app's own name; then no other is looked at
 */
export function findSessionCookies(get: CookieReader, cookieName = readCookieName()): SessionCookie[] {
  const names = cookieName ? [cookieName] : readWellKnownNames()
  return names.flatMap((name) => {
    const value = joinSessionCookie(name, get)
    return value === undefined ? [] : [{ name, value }]
  })
}

/** Whether the cookie is a token; the other kind is the opaque id of a session in a database. */
export function isSessionToken(cookie: SessionCookie): boolean {
  return cookie.value.split('.').length === 5
}

/**
 * The claims of a session token, its times checked.
 *
 * @param secrets each is tried
 * @throws ChatError `expired`, `secret_mismatch`, `token_unsupported` or `token_malformed`
 */
export async function openSessionToken(cookie: SessionCookie, secrets: readonly string[]): Promise<SessionClaims> {
  if (!isSessionToken(cookie)) throw new ChatError('token_unsupported', { message: NOT_A_TOKEN, hint: ELSEWHERE })
  let failure: unknown
  try {
    const enc = readEncryption(cookie.value)
    for (const secret of secrets) {
      try {
        const { payload } = await jwtDecrypt(cookie.value, await deriveSessionKey(enc, secret, cookie.name), {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: [enc],
          maxDecompressedLength: 0,
          clockTolerance: CLOCK_TOLERANCE,
          requiredClaims: ['exp'],
        })
        return payload
      } catch (error) {
        failure = error
        if (!(error instanceof errors.JWEDecryptionFailed)) break
      }
    }
  } catch (error) {
    failure = error
  }
  throw toRefusal(failure)
}

const NOT_A_TOKEN = 'The session cookie holds no token of NextAuth’s own making.'

const ELSEWHERE =
  'With sessions in a database or an `encode` of your own, pass `{ auth }` (Auth.js v5) or `{ authOptions }` (NextAuth v4).'

function readWellKnownNames(): string[] {
  const versions = readSessionTokens()
  const names = [
    ...(versions.includes('authjs-v5') ? SESSION_COOKIES.v5 : []),
    ...(versions.includes('nextauth-v4') ? SESSION_COOKIES.v4 : []),
  ]
  return names.filter((name) => name.startsWith('__Secure-') || !isHttpsApp())
}

function readEncryption(token: string): SessionEncryption {
  const { alg, enc } = decodeProtectedHeader(token)
  const known = Object.values(SESSION_ENCRYPTION).find((name) => name === enc)
  if (alg === 'dir' && known) return known
  throw new ChatError('token_unsupported', { message: NOT_A_TOKEN, hint: ELSEWHERE })
}

function deriveSessionKey(enc: SessionEncryption, secret: string, cookieName: string): Promise<Uint8Array> {
  return enc === SESSION_ENCRYPTION.v4
    ? deriveKey(secret, '', NEXTAUTH_V4_KEY_INFO, SESSION_KEY_BYTES.v4)
    : deriveKey(secret, cookieName, authjsV5KeyInfo(cookieName), SESSION_KEY_BYTES.v5)
}

function toRefusal(cause: unknown): ChatError {
  if (cause instanceof ChatError) return cause
  if (cause instanceof errors.JWTExpired) return new ChatError('expired', { message: 'The session is over.', cause })
  if (cause === undefined || cause instanceof errors.JWEDecryptionFailed) {
    const message = 'The session cookie was made with another secret than the app has now.'
    return new ChatError('secret_mismatch', { message, cause })
  }
  return new ChatError('token_malformed', { message: 'The session cookie can’t be read.', cause })
}

// --- types ---

export interface SessionCookie {
  name: string
  value: string
}

/** The value of a cookie by its exact name. */
export type CookieReader = (name: string) => string | undefined

/** What NextAuth puts into a session token, and what the app's `jwt` callback adds. */
export interface SessionClaims {
  sub?: string
  name?: string | null
  picture?: string | null
  sid?: unknown
  exp?: number
  [claim: string]: unknown
}

type SessionEncryption = (typeof SESSION_ENCRYPTION)[keyof typeof SESSION_ENCRYPTION]
