/** NextAuthV4Verifier reads the session tokens of NextAuth.js v4, exactly as its own `encode` makes them. */
import { hkdfSync } from 'node:crypto'
import { CLOCK_TOLERANCE, NEXTAUTH_V4_KEY_INFO, SESSION_ENCRYPTION, SESSION_KEY_BYTES } from '@parlor/protocol'
import { jwtDecrypt } from 'jose'
import { type Identity, readIdentity } from './identity.ts'
import { isWrongKey, toRefusal } from './refusal.ts'
import type { TokenVerifier } from './verifier.ts'

/** The cookies of a sign-in under way (state, PKCE, nonce) have keys of their own in v4, so they don't open here. */
export class NextAuthV4Verifier implements TokenVerifier {
  readonly #keys: readonly Uint8Array[]
  readonly #now: () => number

  constructor(secrets: readonly string[], now: () => number) {
    this.#keys = secrets.map(
      (secret) => new Uint8Array(hkdfSync('sha256', secret, '', NEXTAUTH_V4_KEY_INFO, SESSION_KEY_BYTES.v4)),
    )
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    let failure: unknown
    // The header has no `kid`: a v4 token doesn't say which secret made it.
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtDecrypt(token, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: [SESSION_ENCRYPTION.v4],
          // jose would inflate `zip: DEF`, which NextAuth never writes.
          maxDecompressedLength: 0,
          clockTolerance: CLOCK_TOLERANCE,
          requiredClaims: ['exp'],
          currentDate: new Date(this.#now()),
        })
        return readIdentity('nextauth-v4', payload)
      } catch (error) {
        failure = error
        if (!isWrongKey(error)) break
      }
    }
    throw toRefusal(failure)
  }
}
