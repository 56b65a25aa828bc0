/** Finds the session cookie in the headers of an upgrade. */
import { joinSessionCookie, SESSION_COOKIES } from '@parlor/protocol'
import { type AuthConfig, SECURE_PREFIX } from './config.ts'

/**
 * The session token in a `Cookie` header, put together from its chunks. Names are exact, `__Secure-` ones come first; in
 * production the others are not looked at, because a page on http can plant them.
 *
 * @returns undefined when there is none
 */
export function readSessionCookie(header: string | undefined, config: AuthConfig): string | undefined {
  if (!header) return undefined
  const cookies = parseCookies(header)
  for (const name of acceptedNames(config)) {
    const token = joinSessionCookie(name, (part) => cookies.get(part))
    if (token) return token
  }
  return undefined
}

function acceptedNames(config: AuthConfig): string[] {
  const known = config.sessionTokens.flatMap((kind) => SESSION_COOKIES[kind === 'authjs-v5' ? 'v5' : 'v4'])
  const names = config.cookieName ? [config.cookieName] : known
  const secure = names.filter((name) => SECURE_PREFIX.test(name))
  return config.production ? secure : [...secure, ...names.filter((name) => !SECURE_PREFIX.test(name))]
}

/** Of two cookies of one name the first counts: browsers send the one with the longer path first (RFC 6265, 5.4). */
function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    const name = pair.slice(0, at).trim()
    // Tokens consist of characters that nobody encodes, so values are taken as they are: nothing to decode, nothing to crash.
    if (!cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}
