/** Finds the session cookie in the headers of an upgrade. */
import { joinSessionCookie, parseCookies, SESSION_COOKIES } from '@parlor/protocol'
import { type AuthConfig, SECURE_PREFIX } from './config.ts'

/**
 * The session token in a `Cookie` header, put together from its chunks. Names are exact, `__Secure-` ones come first; in
 * production the others are not looked at, because a page on http can plant them.
 *
 * @returns undefined when there is none
 */
export function readSessionCookie(header: string | undefined, config: AuthConfig): string | undefined {
  if (!header) return undefined
  // Tokens need no encoding, so values are taken as they are: nothing to decode, nothing that could throw.
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
