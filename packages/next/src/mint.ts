/** Mints what the app's server speaks to the chat with: tokens of a person, and tokens of the server itself. */
import {
  CHAT_KEY_BYTES,
  CHAT_KEY_INFO,
  CHAT_TOKEN_ALGORITHM,
  CHAT_TOKEN_AUDIENCE,
  CHAT_TOKEN_TYPE,
  ChatError,
  type ChatTokenClaims,
  type ChatTokenResponse,
  SERVER_TOKEN_LIFE,
  SERVER_TOKEN_TYPE,
} from '@parlor/protocol'
import { base64url, SignJWT } from 'jose'
import { deriveKey } from './hkdf.ts'
import type { ChatSession } from './session.ts'
import { readSecrets, readTokenSecret, type Secret } from './settings.ts'

/**
 * A token that lets a browser speak as this person, until `lifeSeconds` from now or the end of the session.
 *
 * @throws ChatError `expired` when the session is over, `internal` when there is no secret
 */
export async function mintChatToken(
  session: ChatSession,
  lifeSeconds: number,
  secret: Secret | undefined,
): Promise<ChatTokenResponse> {
  const { user, sid, expiresAt = Number.POSITIVE_INFINITY } = session
  const iat = Math.floor(Date.now() / 1000)
  const exp = Math.min(iat + lifeSeconds, Math.floor(expiresAt / 1000))
  if (exp <= iat) throw new ChatError('expired', { message: 'The session is over.' })
  const claims: ChatTokenClaims = { sub: user.id, aud: CHAT_TOKEN_AUDIENCE, iat, exp }
  if (user.name !== null) claims.name = user.name
  if (user.picture !== null) claims.picture = user.picture
  if (sid !== undefined) claims.sid = sid
  return { token: await sign(CHAT_TOKEN_TYPE, { ...claims }, secret), expiresAt: exp * 1000 }
}

/** A token for one request to the service's HTTP API. */
export function mintServerToken(secret: Secret | undefined): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return sign(SERVER_TOKEN_TYPE, { aud: CHAT_TOKEN_AUDIENCE, iat, exp: iat + SERVER_TOKEN_LIFE }, secret)
}

async function sign(typ: string, claims: Record<string, unknown>, secret: Secret | undefined): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: CHAT_TOKEN_ALGORITHM, typ }).sign(await readSigningKey(secret))
}

async function readSigningKey(given: Secret | undefined): Promise<Uint8Array> {
  const tokenSecret = readTokenSecret()
  if (tokenSecret !== undefined) return decodeKey(tokenSecret)
  const [secret] = readSecrets(given)
  if (secret === undefined) {
    throw new ChatError('internal', {
      message: 'The app has no secret to sign chat tokens with.',
      hint: 'Set AUTH_SECRET or NEXTAUTH_SECRET in the app, and the same in the chat service.',
    })
  }
  return deriveKey(secret, '', CHAT_KEY_INFO, CHAT_KEY_BYTES)
}

function decodeKey(text: string): Uint8Array {
  if (/^[\w+/-]{43}=?$/.test(text)) return base64url.decode(text)
  throw new ChatError('internal', {
    message: 'PARLOR_TOKEN_SECRET is not a key.',
    hint: 'It is 32 bytes as base64url: 43 characters.',
  })
}
