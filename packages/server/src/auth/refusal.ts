/** Turns what jose throws into the reason that a developer can act on. */
import { ChatError, type ErrorCode } from '@parlor/protocol'
import { errors } from 'jose'

/**
 * The reason why a token was refused:
 * - `secret_mismatch`: the signature or the encryption doesn't fit any key. An altered token looks the same.
 * - `token_unsupported`: an algorithm, a compression or an issuer that isn't enabled.
 * - `expired`: `exp` (or the longest life of the kind) is over for 15 s or longer.
 * - `not_yet_valid`: `nbf` or `iat` is more than 15 s ahead of this clock.
 * - `wrong_audience`: `aud` or `typ` names another use.
 * - `subject_missing`: there is no `sub`.
 * - `token_malformed`: everything else that can be wrong with a string.
 */
export function toRefusal(cause: unknown): ChatError {
  if (cause instanceof ChatError) return cause
  if (cause instanceof errors.JWTExpired) return new ChatError('expired', { cause })
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const code = CLAIM_CODES[cause.claim] ?? 'token_malformed'
    // jose names the claim and never its value, so the message is safe to show.
    return new ChatError(
      code,
      code === 'token_malformed' ? { message: `The token: ${cause.message}.`, cause } : { cause },
    )
  }
  const code = cause instanceof errors.JOSEError ? JOSE_CODES[cause.code] : undefined
  if (code === 'secret_mismatch') return new ChatError(code, { hint: SECRET_HINT, cause })
  return new ChatError(code ?? 'token_malformed', { cause })
}

/** Whether another key might still fit: the only failure after which a ring of keys is tried further. */
export function isWrongKey(error: unknown): boolean {
  return error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWEDecryptionFailed
}

export const SECRET_HINT =
  'Give the service the AUTH_SECRET or NEXTAUTH_SECRET of the app, to the letter; one that is being replaced goes into AUTH_SECRET_1.'

const CLAIM_CODES: Readonly<Record<string, ErrorCode>> = {
  aud: 'wrong_audience',
  typ: 'wrong_audience',
  iat: 'not_yet_valid',
  nbf: 'not_yet_valid',
  sub: 'subject_missing',
  iss: 'token_unsupported',
}

const JOSE_CODES: Readonly<Record<string, ErrorCode>> = {
  [errors.JWSSignatureVerificationFailed.code]: 'secret_mismatch',
  [errors.JWEDecryptionFailed.code]: 'secret_mismatch',
  [errors.JWKSNoMatchingKey.code]: 'secret_mismatch',
  [errors.JOSEAlgNotAllowed.code]: 'token_unsupported',
  [errors.JOSENotSupported.code]: 'token_unsupported',
}
