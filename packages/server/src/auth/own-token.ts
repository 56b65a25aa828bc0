/** Own tokens are JWTs that were signed with a key of ours (HS256): the chat token and the server token. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { CHAT_TOKEN_ALGORITHM, CHAT_TOKEN_AUDIENCE, ChatError, CLOCK_TOLERANCE } from '@parlor/protocol'
import type { Claims } from './identity.ts'
import { SECRET_HINT } from './refusal.ts'

/** Keys as they are kept, made once. */
export function readOwnKeys(keys: readonly Uint8Array[]): KeyObject[] {
  return keys.map((key) => createSecretKey(key))
}

/**
 * The claims of a token signed with one of our keys: of this type, for this chat, `iat` and `exp` in order. Every sign-in
 * asks this, so it computes the one HMAC here and now; through WebCrypto, as a job for another thread, it cost six times
 * as much, which is what a thousand clients feel that come back together.
 *
 * @throws ChatError
 */
export function verifyOwnToken(token: string, keys: readonly KeyObject[], expected: Expected): OwnClaims {
  if (keys.length === 0) throw malformed('there is no key to read it with')
  const [header = '', payload = '', signature = '', ...rest] = token.split('.')
  if (rest.length > 0) throw malformed('it has not three parts')
  const { alg, typ, crit } = decodeObject(header)
  if (alg !== CHAT_TOKEN_ALGORITHM || crit !== undefined) throw new ChatError('token_unsupported')
  if (!isSignedBy(keys, `${header}.${payload}`, signature))
    throw new ChatError('secret_mismatch', { hint: SECRET_HINT })
  if (typ !== expected.typ) throw new ChatError('wrong_audience')
  return checkClaims(decodeObject(payload), expected)
}

function isSignedBy(keys: readonly KeyObject[], signed: string, signature: string): boolean {
  const given = Buffer.from(signature)
  return keys.some((key) => {
    const right = Buffer.from(createHmac('sha256', key).update(signed).digest('base64url'))
    return right.length === given.length && timingSafeEqual(right, given)
  })
}

function checkClaims(claims: Claims, { maxAge, nowMs }: Expected): OwnClaims {
  const { aud, exp, iat, nbf } = claims
  const now = Math.floor(nowMs / 1000)
  if (!(Array.isArray(aud) ? aud : [aud]).includes(CHAT_TOKEN_AUDIENCE)) throw new ChatError('wrong_audience')
  if (!isTime(iat) || iat > now + CLOCK_TOLERANCE) throw new ChatError('not_yet_valid')
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + CLOCK_TOLERANCE)) throw new ChatError('not_yet_valid')
  if (!isTime(exp)) throw malformed('`exp` is no time')
  if (exp <= now - CLOCK_TOLERANCE || now - iat > maxAge + CLOCK_TOLERANCE) throw new ChatError('expired')
  return { ...claims, exp, iat }
}

function decodeObject(part: string): Claims {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch (cause) {
    throw malformed('a part of it is no JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('a part of it is no object')
  return value as Claims
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function malformed(why: string, cause?: unknown): ChatError {
  return new ChatError('token_malformed', { message: `The token: ${why}.`, cause })
}

// --- types ---

export interface Expected {
  typ: string
  /** Longest life since `iat`, in seconds. */
  maxAge: number
  nowMs: number
}

/** Times in seconds since 1970. */
export type OwnClaims = Claims & { exp: number; iat: number }
