/** JwksVerifier reads tokens of issuers that publish their keys (Clerk, Auth0, Supabase, Better Auth). Opt-in. */
import { ChatError, CLOCK_TOLERANCE } from '@parlor/protocol'
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type Identity, readIdentity } from './identity.ts'
import { toRefusal } from './refusal.ts'
import { JWKS_ALGORITHMS } from './token-shape.ts'
import type { TokenVerifier } from './verifier.ts'

/**
 * The unverified `iss` only picks among the configured issuers; the issuer is then checked again with its own keys. Keys
 * are fetched when first needed, kept for 10 minutes, and fetched again for an unknown `kid` at most every 30 s (jose's
 * defaults), so a stream of invented `kid`s costs the issuer nothing.
 */
export class JwksVerifier implements TokenVerifier {
  readonly #issuers: ReadonlyMap<string, JwksIssuer & { keys: JWTVerifyGetKey }>
  readonly #now: () => number

  constructor(issuers: readonly JwksIssuer[], now: () => number) {
    this.#issuers = new Map(
      issuers.map((issuer) => [issuer.issuer, { ...issuer, keys: createRemoteJWKSet(new URL(issuer.jwksUrl)) }]),
    )
    this.#now = now
  }

  async verify(token: string): Promise<Identity> {
    try {
      const { iss } = decodeJwt(token)
      const issuer = this.#issuers.get(String(iss))
      if (!issuer)
        throw new ChatError('token_unsupported', { hint: 'Its issuer (`iss`) is none that is enabled here.' })
      const { payload } = await jwtVerify(token, keysOf(issuer.keys), {
        algorithms: [...JWKS_ALGORITHMS],
        issuer: issuer.issuer,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#now()),
        ...(issuer.audience && { audience: [...issuer.audience] }),
      })
      requireAuthorizedParty(payload, issuer)
      return readIdentity('jwks', payload)
    } catch (error) {
      throw toRefusal(error)
    }
  }
}

/** An issuer that can't be reached is no fault of the token's: the client tries again. */
function keysOf(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JOSENotSupported) throw cause
      const message = 'The keys of the token’s issuer can’t be fetched now.'
      throw new ChatError('unavailable', { message, cause })
    }
  }
}

/** Strict: a list that a token passes by leaving `azp` out would be no list. */
function requireAuthorizedParty(payload: JWTPayload, issuer: JwksIssuer): void {
  if (!issuer.authorizedParties) return
  if (typeof payload.azp === 'string' && issuer.authorizedParties.includes(payload.azp)) return
  throw new ChatError('wrong_audience', { hint: 'Its `azp` isn’t in the list for this issuer.' })
}

// --- types ---

export interface JwksIssuer {
  /** `iss`, to the letter: Auth0's ends with a slash. */
  issuer: string
  /** Where its keys are; https, or http on this machine. */
  jwksUrl: string
  /** One of these must be in `aud`. Not given: `aud` isn't looked at (Clerk sets none). */
  audience?: readonly string[] | undefined
  /** `azp` must be one of these: the app's origins, for Clerk. Not given: `azp` isn't looked at. */
  authorizedParties?: readonly string[] | undefined
}
