import { createHmac } from 'node:crypto'
import { CHAT_TOKEN_AUDIENCE, CHAT_TOKEN_TYPE, ChatError, CLOCK_TOLERANCE } from '@parlor/protocol'
import fc from 'fast-check'
import { jwtVerify } from 'jose'
import { expect, it } from 'vitest'
import { readOwnKeys, verifyOwnToken } from './own-token.ts'
import { deriveTokenKey } from './secrets.ts'

const nowMs = 1_800_000_000_000
const now = nowMs / 1000
const maxAge = 3_600
const key = deriveTokenKey('Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga')
const otherKey = deriveTokenKey('aG5fJ0dH6cU4wY7sT2bX8mrL1pQ9v3kZ')

it('an own token is taken exactly when a general reader of JWTs takes it', async () => {
  await fc.assert(
    fc.asyncProperty(headers(), claims(), fc.constantFrom(key, otherKey), async (header, payload, signingKey) => {
      const token = sign(header, payload, signingKey)
      expect(isTaken(token)).toBe(await isTakenByJose(token))
    }),
    { numRuns: 500 },
  )
})

it('an own token with one character changed is refused, whichever it is', () => {
  const token = sign({ alg: 'HS256', typ: CHAT_TOKEN_TYPE }, { aud: CHAT_TOKEN_AUDIENCE, iat: now, exp: now + 60 }, key)
  expect(verify(token)).toMatchObject({ exp: now + 60 })
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    expect(() => verify(changed), `at ${at}`).toThrow(ChatError)
  }
})

function headers() {
  return fc.record(
    {
      alg: fc.constantFrom('HS256', 'HS256', 'HS256', 'HS512', 'none', 'RS256', undefined),
      typ: fc.constantFrom(CHAT_TOKEN_TYPE, CHAT_TOKEN_TYPE, 'JWT', undefined, 7),
      crit: fc.constantFrom(['exp'], ['b64']),
    },
    { requiredKeys: ['alg', 'typ'] },
  )
}

function claims() {
  const times = [now, now - maxAge, now - maxAge - CLOCK_TOLERANCE, now - CLOCK_TOLERANCE, now + CLOCK_TOLERANCE]
  const time = fc.constantFrom<unknown>(
    ...times,
    ...times.map((at) => at + 1),
    ...times.map((at) => at - 1),
    'soon',
    null,
  )
  return fc.record(
    {
      aud: fc.constantFrom<unknown>(
        CHAT_TOKEN_AUDIENCE,
        CHAT_TOKEN_AUDIENCE,
        ['x', CHAT_TOKEN_AUDIENCE],
        'x',
        ['x'],
        7,
      ),
      iat: time,
      exp: fc.oneof(fc.constant(now + 600), time),
      nbf: time,
    },
    { requiredKeys: ['iat'] },
  )
}

function sign(header: object, payload: object, signingKey: Uint8Array): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac('sha256', signingKey).update(signed).digest('base64url')}`
}

function isTaken(token: string): boolean {
  try {
    verify(token)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(ChatError)
    return false
  }
}

function isTakenByJose(token: string): Promise<boolean> {
  const taken = jwtVerify(token, key, {
    algorithms: ['HS256'],
    typ: CHAT_TOKEN_TYPE,
    audience: CHAT_TOKEN_AUDIENCE,
    requiredClaims: ['exp'],
    maxTokenAge: maxAge,
    clockTolerance: CLOCK_TOLERANCE,
    currentDate: new Date(nowMs),
  })
  return taken.then(
    () => true,
    () => false,
  )
}

function verify(token: string) {
  return verifyOwnToken(token, readOwnKeys([key]), { typ: CHAT_TOKEN_TYPE, maxAge, nowMs })
}
