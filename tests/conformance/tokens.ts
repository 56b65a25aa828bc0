/** Tokens as `docs/protocol.md` describes them, made from the document alone; and every way to get them wrong. */
import { createHmac, hkdfSync } from 'node:crypto'

/** The secret that the service and the app of these tests share. */
export const SECRET = 'Zb6W0qYxN2s7uLr9TgHk4Vd1cJmPeA8f'

/** A chat token for a user. `claims` and `header` replace or (undefined) remove what a good one has. */
export function mintChatToken(userId: string, changes: TokenChanges = {}): string {
  const iat = Math.floor((changes.now ?? Date.now()) / 1000)
  const name = userId.charAt(0).toUpperCase() + userId.slice(1)
  const header = { alg: 'HS256', typ: 'parlor-chat+jwt', ...changes.header }
  return sign(header, { sub: userId, name, aud: 'parlor', iat, exp: iat + 600, ...changes.claims }, changes.secret)
}

/** The token with which the app's server calls the HTTP API. */
export function mintServerToken(changes: TokenChanges = {}): string {
  const iat = Math.floor((changes.now ?? Date.now()) / 1000)
  const header = { alg: 'HS256', typ: 'parlor-server+jwt', ...changes.header }
  return sign(header, { aud: 'parlor', iat, exp: iat + 60, ...changes.claims }, changes.secret)
}

export function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sign(header: object, claims: object, secret: string = SECRET): string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'parlor chat token v1', 32))
  const content = `${base64url(header)}.${base64url(claims)}`
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
}

// --- types ---

export interface TokenChanges {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  secret?: string
  /** Ms since 1970; default: now. */
  now?: number
}
