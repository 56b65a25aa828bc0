/** The session tokens of NextAuth.js v4 and Auth.js v5: how their keys are derived and which cookies carry them. */

/** `enc` of the JWE header; `alg` is always `dir`. What NextAuth's and Auth.js' own `encode` write. */
export const SESSION_ENCRYPTION = { v4: 'A256GCM', v5: 'A256CBC-HS512' } as const

/** Bytes of the key: what that `enc` takes. */
export const SESSION_KEY_BYTES = { v4: 32, v5: 64 } as const

/** Cookie names on https, then on http. */
export const SESSION_COOKIES = {
  v4: ['__Secure-next-auth.session-token', 'next-auth.session-token'],
  v5: ['__Secure-authjs.session-token', 'authjs.session-token'],
} as const

/** HKDF-SHA256 of v4: the input is the secret's UTF-8 bytes, the salt is empty for the session. */
export const NEXTAUTH_V4_KEY_INFO = 'NextAuth.js Generated Encryption Key'

/** HKDF-SHA256 info of v5, where the salt is the cookie's name: a token is readable only under the name it was made for. */
export function authjsV5KeyInfo(cookieName: string): string {
  return `Auth.js Generated Encryption Key (${cookieName})`
}

/** Longest token that is looked at, in characters: four chunks of a cookie, which is what fits Node's header limit. */
export const MAX_TOKEN_CHARS = 16_384

/**
 * The value of a session cookie, put together from its chunks (`name.0`, `name.1`, ...) where it was too long for one.
 * Names are matched exactly: cookies that merely begin with the name are somebody else's.
 *
 * @param get the value of the first cookie of exactly that name
 * @returns undefined when there is none
 */
export function joinSessionCookie(name: string, get: (name: string) => string | undefined): string | undefined {
  const whole = get(name)
  if (whole) return whole
  let value = ''
  for (let i = 0; value.length <= MAX_TOKEN_CHARS; i++) {
    const chunk = get(`${name}.${i}`)
    if (!chunk) break
    value += chunk
  }
  return value || undefined
}

/**
 * The cookies of a `Cookie` header, their values as they came. Of two with one name the first counts: browsers send the
 * one with the longer path first (RFC 6265, 5.4).
 */
export function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    const name = pair.slice(0, at).trim()
    if (!cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}
