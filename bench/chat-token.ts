/** Chat tokens, made as docs/protocol.md says: from the secret that the app and the service share. */
import { createHmac, hkdfSync } from 'node:crypto'

/** A maker of tokens that last an hour. */
export function createTokenMaker(secret: string): (userId: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'parlor chat token v1', 32))
  const header = encode({ alg: 'HS256', typ: 'parlor-chat+jwt' })
  return (userId) => {
    const iat = Math.floor(Date.now() / 1000)
    const signed = `${header}.${encode({ sub: userId, name: userId, aud: 'parlor', iat, exp: iat + 3600 })}`
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
