/** AuthJsV5Verifier reads the session tokens of Auth.js v5 (next-auth 5), exactly as its own `encode` makes them. */
import { createHash, hkdfSync } from 'node:crypto'
import {
  authjsV5KeyInfo,
  ChatError,
  CLOCK_TOLERANCE,
  SESSION_COOKIES,
  SESSION_ENCRYPTION,
  SESSION_KEY_BYTES,
} from '@parlor/protocol'
import { decodeProtectedHeader, jwtDecrypt } from 'jose'
import { type Identity, readIdentity } from './identity.ts'
import { SECRET_HINT, toRefusal } from './refusal.ts'
import type { TokenVerifier } from './verifier.ts'

/**
 * The key of a v5 token depends on the name of its cookie, and its header says by a fingerprint (`kid`) which key it was.
 * So a refusal can be told exactly:
 * - `wrong_salt`: it was made with a secret of ours, under a well-known cookie name that isn't accepted here (an https
 *   app's service given the token of an http one, or a custom AUTH_COOKIE_NAME given a default one), and it opens.
 * - `secret_mismatch`: no key of ours has its fingerprint: another secret, a cookie name that we weren't told, or one of
 *   Auth.js' other cookies.
 * - `token_malformed`: the fingerprint is ours and it doesn't open: it was altered.
 */
export class AuthJsV5Verifier implements TokenVerifier {
  readonly #keys: ReadonlyMap<string, SessionKey>
  readonly #cookieNames: readonly string[]
  readonly #now: () => number

  /** @param cookieNames the names under which the app sets its session cookie; tokens of others are refused */
  constructor(secrets: readonly string[], cookieNames: readonly string[], now: () => number) {
    const keys = new Map<string, SessionKey>()
    for (const cookieName of new Set([...cookieNames, ...SESSION_COOKIES.v5])) {
      for (const secret of secrets) {
        const key = deriveSessionKey(secret, cookieName)
        keys.set(fingerprint(key), { key, cookieName })
      }
    }
    this.#keys = keys
    this.#cookieNames = cookieNames
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    try {
      const { kid } = decodeProtectedHeader(token)
      const found = this.#keys.get(String(kid))
      if (!found) throw new ChatError('secret_mismatch', { hint: `${SECRET_HINT} ${CUSTOM_NAME_HINT}` })
      const { payload } = await jwtDecrypt(token, found.key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: [SESSION_ENCRYPTION.v5],
        // jose would inflate `zip: DEF`, which Auth.js never writes.
        maxDecompressedLength: 0,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ['exp'],
        currentDate: new Date(this.#now()),
      })
      if (!this.#cookieNames.includes(found.cookieName)) throw this.#wrongSalt(found.cookieName)
      return readIdentity('authjs-v5', payload)
    } catch (error) {
      const refusal = toRefusal(error)
      const isAltered = refusal.code === 'secret_mismatch' && !(error instanceof ChatError)
      throw isAltered ? new ChatError('token_malformed', { message: 'The token was altered.', cause: error }) : refusal
    }
  }

  #wrongSalt(cookieName: string): ChatError {
    const expected = this.#cookieNames.join(' or ')
    return new ChatError('wrong_salt', {
      hint: `It was made for the cookie ${cookieName}; this service reads ${expected}: see AUTH_URL and AUTH_COOKIE_NAME.`,
    })
  }
}

const CUSTOM_NAME_HINT = 'An app with its own name for the session cookie needs it here too, as AUTH_COOKIE_NAME.'

function deriveSessionKey(secret: string, cookieName: string): Uint8Array {
  const info = authjsV5KeyInfo(cookieName)
  return new Uint8Array(hkdfSync('sha256', secret, cookieName, info, SESSION_KEY_BYTES.v5))
}

/** The JWK thumbprint (RFC 7638) with SHA-512, as Auth.js writes it into `kid`. */
function fingerprint(key: Uint8Array): string {
  const jwk = `{"k":"${Buffer.from(key).toString('base64url')}","kty":"oct"}`
  return createHash('sha512').update(jwk).digest('base64url')
}

// --- types ---

interface SessionKey {
  key: Uint8Array
  cookieName: string
}
