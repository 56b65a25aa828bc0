/** ChatTokenVerifier reads the token that the app's token route mints for this chat. */
import type { KeyObject } from 'node:crypto'
import { CHAT_TOKEN_LIFE, CHAT_TOKEN_TYPE } from '@parlor/protocol'
import { type Identity, readIdentity } from './identity.ts'
import { readOwnKeys, verifyOwnToken } from './own-token.ts'
import type { TokenVerifier } from './verifier.ts'

/** Guarantees: an identity from it never outlives `iat` + 3,600 s, whatever `exp` says. */
export class ChatTokenVerifier implements TokenVerifier {
  readonly #keys: readonly KeyObject[]
  readonly #now: () => number

  /** @param keys 32-byte keys, each of which is accepted */
  constructor(keys: readonly Uint8Array[], now: () => number) {
    this.#keys = readOwnKeys(keys)
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    const expected = { typ: CHAT_TOKEN_TYPE, maxAge: CHAT_TOKEN_LIFE.max, nowMs: this.#now() }
    const claims = verifyOwnToken(token, this.#keys, expected)
    // An old token must not outlast the memory of revoked sign-ins, so the longest life counts from `iat`.
    const exp = Math.min(claims.exp, claims.iat + CHAT_TOKEN_LIFE.max)
    return readIdentity('chat', { ...claims, exp })
  }
}
