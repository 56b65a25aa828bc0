/** Claims: what a token says of itself, read without its key: to tell people apart on this device, never to trust one. */

export interface Claims {
  /** The user id. */
  sub: string
  /** The sign-in, where the app names it. */
  sid?: string
  /** Seconds since 1970. */
  exp?: number
}

/** The claims of a signed token (a JWS, as the chat token is); undefined for one that only the service can read. */
export function readClaims(token: string): Claims | undefined {
  const [, payload, signature, ...more] = token.split('.')
  if (!payload || !signature || more.length > 0) return undefined
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
    const { sub, sid, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    if (typeof sub !== 'string' || sub === '') return undefined
    return { sub, ...(typeof sid === 'string' && { sid }), ...(typeof exp === 'number' && { exp }) }
  } catch {
    return undefined
  }
}
