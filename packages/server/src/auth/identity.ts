/** Identity: who a verified token says somebody is, and until when. */
import { ChatError, cleanName, cleanPicture, readUserId, type User } from '@parlor/protocol'

/** Longest session id, in characters: as long as a user id may be; ours are UUIDs. */
const MAX_SID_CHARS = 255

/**
 * Reads the claims of a token whose signature or encryption and whose times were checked already.
 *
 * @throws ChatError `subject_missing` when `sub` names nobody; `token_malformed` when `exp` is no date
 */
export function readIdentity(kind: IdentityKind, claims: Claims): Identity {
  const id = readUserId(claims.sub)
  if (id === undefined) throw new ChatError('subject_missing', { hint: SUBJECT_HINT })
  const expiresAt = typeof claims.exp === 'number' ? claims.exp * 1000 : Number.NaN
  if (!Number.isFinite(expiresAt)) throw new ChatError('token_malformed', { message: 'The token has no usable `exp`.' })
  const user: User = { id, name: cleanName(claims.name), picture: cleanPicture(claims.picture) }
  const sid = typeof claims.sid === 'string' && claims.sid.length <= MAX_SID_CHARS ? claims.sid : ''
  return sid ? { kind, user, expiresAt, sid } : { kind, user, expiresAt }
}

const SUBJECT_HINT =
  'NextAuth puts the user id into `sub`: a `jwt` callback must keep it, a string of 1 to 255 characters.'

// --- types ---

export interface Identity {
  kind: IdentityKind
  user: User
  /** The token's `exp` in ms since 1970, without the tolerance that its checks allow. */
  expiresAt: number
  /** The sign-in that it belongs to, when the token says so: what a sign-out revokes. */
  sid?: string
}

/** Which kind of token it was. `cookie`: a session token that came in the upgrade's cookie. */
export type IdentityKind = 'chat' | 'nextauth-v4' | 'authjs-v5' | 'hs256' | 'jwks' | 'cookie'

/** Claims as they come out of a token: anything may be anything. */
export type Claims = Readonly<Record<string, unknown>>
