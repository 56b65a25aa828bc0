/** ChatTokenVerifier reads the token that the app's token route mints for this chat. */
import {
  CHAT_TOKEN_ALGORITHM,
  CHAT_TOKEN_AUDIENCE,
  CHAT_TOKEN_LIFE,
  CHAT_TOKEN_TYPE,
  CLOCK_TOLERANCE,
} from '@parlor/protocol'
import type { JWTPayload, JWTVerifyOptions } from 'jose'
import { jwtVerify } from 'jose'
import { type Identity, readIdentity } from './identity.ts'
import { isWrongKey, toRefusal } from './refusal.ts'
import type { TokenVerifier } from './verifier.ts'

/** Guarantees: an identity from it never outlives `iat` + 3,600 s, whatever `exp` says. */
export class ChatTokenVerifier implements TokenVerifier {
  readonly #keys: readonly Uint8Array[]
  readonly #now: () => number

  /** @param keys 32-byte keys, each of which is accepted */
  constructor(keys: readonly Uint8Array[], now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    const claims = await verifyOwnToken(token, this.#keys, CHAT_TOKEN_TYPE, CHAT_TOKEN_LIFE.max, this.#now())
    // An old token must not outlast the memory of revoked sign-ins, so the longest life counts from `iat`.
    const exp = Math.min(claims.exp, claims.iat + CHAT_TOKEN_LIFE.max)
    return readIdentity('chat', { ...claims, exp })
  }
}

/**
 * The claims of a token signed with one of our keys.
 *
 * @param maxAge longest life since `iat`, in seconds
 * @throws ChatError
 */
export async function verifyOwnToken(
  token: string,
  keys: readonly Uint8Array[],
  typ: string,
  maxAge: number,
  now: number,
): Promise<JWTPayload & { exp: number; iat: number }> {
  const options: JWTVerifyOptions = {
    algorithms: [CHAT_TOKEN_ALGORITHM],
    typ,
    audience: CHAT_TOKEN_AUDIENCE,
    requiredClaims: ['exp'],
    maxTokenAge: maxAge,
    clockTolerance: CLOCK_TOLERANCE,
    currentDate: new Date(now),
  }
  let failure: unknown = new Error('No key')
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, options)
      return payload as JWTPayload & { exp: number; iat: number }
    } catch (error) {
      failure = error
      if (!isWrongKey(error)) break
    }
  }
  throw toRefusal(failure)
}
