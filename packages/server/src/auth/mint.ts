/** Mints the tokens that this service takes, for its own tools: whoever has the key may speak as anybody. */
import {
  CHAT_TOKEN_ALGORITHM,
  CHAT_TOKEN_AUDIENCE,
  CHAT_TOKEN_LIFE,
  CHAT_TOKEN_TYPE,
  SERVER_TOKEN_LIFE,
  SERVER_TOKEN_TYPE,
} from '@parlor/protocol'
import { SignJWT } from 'jose'

/** A chat token of the usual life for this user. `key` as `deriveTokenKey` makes it. */
export function mintChatToken(user: { id: string; name: string }, key: Uint8Array): Promise<string> {
  return sign(CHAT_TOKEN_TYPE, { sub: user.id, name: user.name }, CHAT_TOKEN_LIFE.default, key)
}

/** A token of the app's server, for one request. */
export function mintServerToken(key: Uint8Array): Promise<string> {
  return sign(SERVER_TOKEN_TYPE, {}, SERVER_TOKEN_LIFE, key)
}

function sign(typ: string, claims: Record<string, string>, lifeSeconds: number, key: Uint8Array): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return new SignJWT({ ...claims, aud: CHAT_TOKEN_AUDIENCE, iat, exp: iat + lifeSeconds })
    .setProtectedHeader({ alg: CHAT_TOKEN_ALGORITHM, typ })
    .sign(key)
}
