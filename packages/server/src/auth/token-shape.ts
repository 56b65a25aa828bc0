/** TokenShape: what a token looks like from outside, which decides who may try to read it and nothing more. */
import { CHAT_TOKEN_TYPE, ChatError, MAX_TOKEN_CHARS, SERVER_TOKEN_TYPE, SESSION_ENCRYPTION } from '@parlor/protocol'
import { decodeProtectedHeader } from 'jose'

/**
 * Sorts a token by its number of parts and its header. Nothing here is trusted: whoever writes the header picks among
 * the enabled verifiers, and each of those pins its own algorithms and keys.
 *
 * @throws ChatError `token_missing`, `token_malformed`, or `token_unsupported` for a form that no verifier reads
 */
export function readTokenShape(token: unknown): TokenShape {
  if (typeof token !== 'string' || token === '') throw new ChatError('token_missing')
  if (token.length > MAX_TOKEN_CHARS) {
    throw new ChatError('token_malformed', { message: `The token is longer than ${MAX_TOKEN_CHARS} characters.` })
  }
  if (!COMPACT.test(token)) throw new ChatError('token_malformed', { hint: COMPACT_HINT })
  const parts = token.split('.').length
  const { alg, enc, typ, zip } = readHeader(token)
  if (parts === 5) {
    if (alg === 'dir' && zip === undefined) {
      if (enc === SESSION_ENCRYPTION.v4) return 'nextauth-v4'
      if (enc === SESSION_ENCRYPTION.v5) return 'authjs-v5'
    }
  } else if (parts === 3) {
    if (typ === CHAT_TOKEN_TYPE) return 'chat'
    if (typ === SERVER_TOKEN_TYPE) return 'server'
    if (alg === 'HS256') return 'hs256'
    if (typeof alg === 'string' && (JWKS_ALGORITHMS as readonly string[]).includes(alg)) return 'jwks'
  } else {
    throw new ChatError('token_malformed', { hint: COMPACT_HINT })
  }
  throw new ChatError('token_unsupported')
}

/** Asymmetric algorithms that issuers with a key set use (Clerk and Auth0: RS256, Supabase: ES256, Better Auth: EdDSA). */
export const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** Parts of base64url between dots. An opaque id of a database session has no dot; `Bearer ...` has a space. */
const COMPACT = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}$/

const COMPACT_HINT =
  'This is no JWT. Sessions in a database have opaque cookies: let createTokenRoute mint a chat token from them.'

function readHeader(token: string): Record<string, unknown> {
  try {
    return { ...decodeProtectedHeader(token) }
  } catch (cause) {
    throw new ChatError('token_malformed', { cause })
  }
}

// --- types ---

export type TokenShape = 'chat' | 'server' | 'nextauth-v4' | 'authjs-v5' | 'hs256' | 'jwks'
