/** Hs256Verifier reads tokens of an app's own `encode`: HS256 with the raw secret. Opt-in. */
import { CLOCK_TOLERANCE } from '@parlor/protocol'
import { type JWTVerifyOptions, jwtVerify } from 'jose'
import { type Identity, readIdentity } from './identity.ts'
import { isWrongKey, toRefusal } from './refusal.ts'
import type { TokenVerifier } from './verifier.ts'

/** The usual override of `jwt.encode` often leaves `exp` out; here it is required, or nothing would ever end a session. */
export class Hs256Verifier implements TokenVerifier {
  readonly #keys: readonly Uint8Array[]
  readonly #audience: string | undefined
  readonly #now: () => number

  constructor(options: Hs256Options, now: () => number) {
    this.#keys = options.secrets.map((secret) => new TextEncoder().encode(secret))
    this.#audience = options.audience
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    const options: JWTVerifyOptions = {
      algorithms: ['HS256'],
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['exp'],
      currentDate: new Date(this.#now()),
      ...(this.#audience !== undefined && { audience: this.#audience }),
    }
    let failure: unknown
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtVerify(token, key, options)
        return readIdentity('hs256', payload)
      } catch (error) {
        failure = error
        if (!isWrongKey(error)) break
      }
    }
    throw toRefusal(failure)
  }
}

// --- types ---

export interface Hs256Options {
  /** Raw secrets, each of which is accepted: their UTF-8 bytes are the key. */
  secrets: readonly string[]
  /** Required `aud`, when the same secret signs tokens for other uses too. */
  audience?: string | undefined
}
