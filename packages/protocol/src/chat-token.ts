/** The chat token: what the app's route mints, and the service verifies, from the secret that both hold. */

/** `typ` of the JWS header; anything else is no chat token. */
export const CHAT_TOKEN_TYPE = 'parlor-chat+jwt'

/** `typ` of the token with which the app's server calls the service's HTTP API. */
export const SERVER_TOKEN_TYPE = 'parlor-server+jwt'

/** The only algorithm of both. */
export const CHAT_TOKEN_ALGORITHM = 'HS256'

/** `aud` of both. */
export const CHAT_TOKEN_AUDIENCE = 'parlor'

/** HKDF-SHA256 info (RFC 5869) of the 32-byte signing key; the salt is empty, the input is the secret's UTF-8 bytes. */
export const CHAT_KEY_INFO = 'parlor chat token v1'

/** Bytes of the signing key. `PARLOR_TOKEN_SECRET` is this key as base64url, when the service isn't given the secret. */
export const CHAT_KEY_BYTES = 32

/** Life of a chat token in seconds, unless set otherwise: default, least, most. */
export const CHAT_TOKEN_LIFE = { default: 600, min: 60, max: 3_600 } as const

/** Life of a server token in seconds: it is minted for one request. */
export const SERVER_TOKEN_LIFE = 60

/** Clock tolerance in seconds, everywhere a time in a token is checked (NextAuth's own is 15). */
export const CLOCK_TOLERANCE = 15

export interface ChatTokenClaims {
  /** The user id. */
  sub: string
  aud: string
  /** Seconds since 1970: the earlier of now + life and the session's own end. */
  exp: number
  iat: number
  name?: string
  picture?: string
  /** The sign-in that this token came from, when `withParlor` put one into the session; what a sign-out revokes. */
  sid?: string
}

/** What the token route answers. */
export interface ChatTokenResponse {
  token: string
  /** Ms since 1970. */
  expiresAt: number
}
