import type { ChatTokenResponse, WireError } from '@parlor/protocol'
import { EncryptJWT, SignJWT } from 'jose'
import type { NextAuthOptions } from 'next-auth-v4'
import { encode as encodeV4, type JWT } from 'next-auth-v4/jwt'
import type { NextAuthResult } from 'next-auth-v5'
import { encode as encodeV5 } from 'next-auth-v5/jwt'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { deriveKey } from './hkdf.ts'
import { readToken } from './service.contract.ts'
import { createTokenRoute } from './token-route.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const v4Name = 'next-auth.session-token'
const v5Name = 'authjs.session-token'
const ann = { sub: 'u1', name: 'Ann', picture: 'https://example.com/a.png', email: 'ann@example.com', sid: 's1' }

beforeEach(() => {
  for (const name of ['AUTH_SECRET_1', 'AUTH_SECRET_2', 'AUTH_SECRET_3', 'AUTH_URL', 'NEXTAUTH_URL'])
    vi.stubEnv(name, '')
  for (const name of ['NEXTAUTH_SECRET', 'PARLOR_TOKEN_SECRET', 'AUTH_COOKIE_NAME', 'PARLOR_SESSION_TOKENS']) {
    vi.stubEnv(name, '')
  }
  vi.stubEnv('AUTH_SECRET', secret)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

describe('with the session cookie of', () => {
  it.each([v4Name, `__Secure-${v4Name}`, v5Name, `__Secure-${v5Name}`])(
    '%s it answers with a chat token',
    async (name) => {
      const response = await post({ [name]: await encodeFor(name, ann) })
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('set-cookie')).toBeNull()
      const { token, expiresAt } = (await response.json()) as ChatTokenResponse
      const claims = await readToken(token, secret)
      expect(claims).toEqual({
        typ: 'parlor-chat+jwt',
        aud: 'parlor',
        sub: 'u1',
        name: 'Ann',
        picture: 'https://example.com/a.png',
        sid: 's1',
        iat: expect.any(Number),
        exp: expiresAt / 1000,
      })
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600)
    },
  )

  it('a cookie in chunks', async () => {
    for (const name of [v4Name, v5Name]) {
      const value = await encodeFor(name, { ...ann, filler: 'x'.repeat(6_000) })
      const chunks = {
        [`${name}.1`]: value.slice(3_900, 7_800),
        [`${name}.0`]: value.slice(0, 3_900),
        [`${name}.2`]: value.slice(7_800),
      }
      expect((await post(chunks)).status).toBe(200)
    }
  })

  it('the app’s own name', async () => {
    vi.stubEnv('AUTH_COOKIE_NAME', 'mine')
    expect((await post({ mine: await encodeV5({ token: ann, secret, salt: 'mine' }) })).status).toBe(200)
    expect((await post({ [v5Name]: await encodeFor(v5Name, ann) })).status).toBe(401)
  })

  it('an older secret', async () => {
    vi.stubEnv('AUTH_SECRET', '')
    vi.stubEnv('AUTH_SECRET_1', 'oldK3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5')
    vi.stubEnv('AUTH_SECRET_2', secret)
    const cookie = await encodeV5({ token: ann, secret: 'oldK3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5', salt: v5Name })
    // The newest signs.
    expect(await claimsOf(await post({ [v5Name]: cookie }))).toMatchObject({ sub: 'u1' })
  })

  it('a version that the app left behind, only while that counts', async () => {
    const cookies = { [v4Name]: await encodeFor(v4Name, { ...ann, sub: 'old' }) }
    expect(await claimsOf(await post(cookies))).toMatchObject({ sub: 'old' })
    expect(await claimsOf(await post({ ...cookies, [v5Name]: await encodeFor(v5Name, ann) }))).toMatchObject({
      sub: 'u1',
    })
    vi.stubEnv('PARLOR_SESSION_TOKENS', 'authjs-v5')
    expect((await post(cookies)).status).toBe(401)
  })

  it('no __Secure- prefix: never on https', async () => {
    vi.stubEnv('AUTH_URL', 'https://app.example.com')
    expect((await post({ [v4Name]: await encodeFor(v4Name, ann) })).status).toBe(401)
    const name = `__Secure-${v4Name}`
    expect((await post({ [name]: await encodeFor(name, ann) })).status).toBe(200)
  })
})

describe('the token', () => {
  it('lives as long as it is told to, and never longer than the session', async () => {
    const route = createTokenRoute({ lifeSeconds: 60 })
    const long = await claimsOf(await post({ [v4Name]: await encodeFor(v4Name, ann) }, route))
    expect((long.exp ?? 0) - (long.iat ?? 0)).toBe(60)
    const cookie = await encodeV4({ token: ann, secret, maxAge: 30 })
    const response = await post({ [v4Name]: cookie })
    const { expiresAt } = (await response.clone().json()) as ChatTokenResponse
    const short = await claimsOf(response)
    expect((short.exp ?? 0) - (short.iat ?? 0)).toBeLessThanOrEqual(30)
    expect(expiresAt).toBe((short.exp ?? 0) * 1000)
  })

  it.each([59, 3_601, Number.NaN, -1])('can’t live for %s s', (lifeSeconds) => {
    expect(() => createTokenRoute({ lifeSeconds })).toThrow(RangeError)
  })

  it('is signed with PARLOR_TOKEN_SECRET where that is set', async () => {
    vi.stubEnv('PARLOR_TOKEN_SECRET', Buffer.from('k'.repeat(32)).toString('base64url'))
    const response = await post({ [v4Name]: await encodeFor(v4Name, ann) })
    const { token } = (await response.json()) as ChatTokenResponse
    await expect(readToken(token, secret)).rejects.toThrow('signature verification failed')
    const { jwtVerify } = await import('jose')
    await expect(jwtVerify(token, new TextEncoder().encode('k'.repeat(32)))).resolves.toMatchObject({
      payload: { sub: 'u1' },
    })
  })

  it('stays small, whatever the session holds', async () => {
    const cookie = await encodeFor(v4Name, {
      ...ann,
      name: 'x'.repeat(2_000),
      picture: `data:image/png;base64,${'A'.repeat(5_000)}`,
    })
    const response = await post({ [v4Name]: cookie })
    expect((await claimsOf(response.clone())).picture).toBeUndefined()
    expect(((await response.json()) as ChatTokenResponse).token.length).toBeLessThan(800)
  })
})

describe('it answers 401', () => {
  it('without a cookie', async () => {
    const response = await post({})
    expect(response.status).toBe(401)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ code: 'token_missing', message: 'Nobody is signed in.' })
  })

  it('when the session is over, at the second', async () => {
    const cookie = await encodeV4({ token: ann, secret, maxAge: 100 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 101_000 })
    // Within the tolerance it still opens, and there is nothing left of it to give.
    await expectRefusal(await post({ [v4Name]: cookie }), 401, 'expired')
    vi.setSystemTime(Date.now() + 20_000)
    await expectRefusal(await post({ [v4Name]: cookie }), 401, 'expired')
  })

  it('with the reason, when the cookie can’t be read', async () => {
    const other = 'anotherQp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5'
    const foreign = await encodeV4({ token: ann, secret: other })
    await expectRefusal(await post({ [v4Name]: foreign }), 401, 'secret_mismatch')
    await expectRefusal(await post({ [v5Name]: 'a.b.c.d.e' }), 401, 'token_malformed')
    const opaque = await expectRefusal(await post({ [v5Name]: crypto.randomUUID() }), 401, 'token_unsupported')
    expect(opaque.hint).toContain('authOptions')
    const hs256 = await new SignJWT(ann).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
    await expectRefusal(await post({ [v4Name]: hs256 }), 401, 'token_unsupported')
    await expectRefusal(await post({ [v4Name]: '%E0%A4%A' }), 401, 'token_unsupported')
    const key = await deriveKey(secret, '', 'NextAuth.js Generated Encryption Key', 32)
    for (const [code, header] of [
      ['token_malformed', { alg: 'dir', enc: 'A256GCM', zip: 'DEF' }],
      ['token_unsupported', { alg: 'dir', enc: 'A128CBC-HS256' }],
      ['token_unsupported', { alg: 'A256KW', enc: 'A256GCM' }],
    ] as const) {
      const value = await new EncryptJWT(ann).setProtectedHeader(header).setExpirationTime('1h').encrypt(key)
      await expectRefusal(await post({ [v4Name]: value }), 401, code)
    }
  })
})

describe('it answers 403 to every page but the app’s own', () => {
  const ask = async (headers: Record<string, string>) =>
    (await post({ [v4Name]: await encodeFor(v4Name, ann) }, createTokenRoute(), headers)).status

  it('by Sec-Fetch-Site', async () => {
    expect(await ask({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    for (const site of ['same-site', 'cross-site', 'none', '']) expect(await ask({ 'sec-fetch-site': site })).toBe(403)
    expect(await ask({ 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' })).toBe(403)
  })

  it('by Origin, where the browser is older', async () => {
    const host = { host: 'app.example.com' }
    expect(await ask({ ...host, origin: 'https://app.example.com' })).toBe(200)
    expect(await ask({ host: 'App.Example.com', origin: 'https://app.example.com' })).toBe(200)
    expect(
      await ask({ host: '10.0.0.1', 'x-forwarded-host': 'app.example.com', origin: 'https://app.example.com' }),
    ).toBe(200)
    for (const origin of [
      'https://evil.example.com',
      'https://app.example.com.evil.com',
      'null',
      'app.example.com',
      '',
    ]) {
      expect(await ask({ ...host, origin })).toBe(403)
    }
    expect(await ask(host)).toBe(403)
  })

  it('and says so', async () => {
    const response = await post({}, createTokenRoute(), { 'sec-fetch-site': 'cross-site' })
    const error = await expectRefusal(response, 403, 'origin_refused')
    expect(error.hint).toContain('Host')
  })
})

describe('it answers 500 with the line to write', () => {
  it('when there is no secret', async () => {
    const cookie = await encodeFor(v4Name, ann)
    vi.stubEnv('AUTH_SECRET', '')
    const auth = async () => ({ user: { id: 'u1' } })
    const error = await expectRefusal(await post({ [v4Name]: cookie }, createTokenRoute({ auth })), 500, 'internal')
    expect(error.hint).toContain('AUTH_SECRET')
  })

  it('when PARLOR_TOKEN_SECRET is no key, without showing it', async () => {
    vi.stubEnv('PARLOR_TOKEN_SECRET', 'hunter2')
    const response = await post({ [v4Name]: await encodeFor(v4Name, ann) })
    expect(await response.clone().text()).not.toContain('hunter2')
    const error = await expectRefusal(response, 500, 'internal')
    expect(error.message).toContain('PARLOR_TOKEN_SECRET')
  })

  it('when the session names nobody', async () => {
    const error = await expectRefusal(
      await post({ [v4Name]: await encodeFor(v4Name, { name: 'Ann' }) }),
      500,
      'subject_missing',
    )
    expect(error.hint).toContain('session.user.id')
    const auth = async () => ({ user: { name: 'Ann' } })
    await expectRefusal(await post({}, createTokenRoute({ auth })), 500, 'subject_missing')
  })
})

describe('{ user } says who the session names', () => {
  it('in tokens', async () => {
    const route = createTokenRoute({ user: ({ uid, email }) => ({ id: String(uid), name: String(email) }) })
    const cookie = await encodeFor(v4Name, { ...ann, uid: 77 })
    expect(await claimsOf(await post({ [v4Name]: cookie }, route))).toMatchObject({
      sub: '77',
      name: 'ann@example.com',
      sid: 's1',
    })
  })

  it('as nobody, with null', async () => {
    const route = createTokenRoute({ user: () => null })
    await expectRefusal(await post({ [v4Name]: await encodeFor(v4Name, ann) }, route), 401, 'token_missing')
  })
})

describe('{ auth }', () => {
  const expires = () => new Date(Date.now() + 86_400_000).toISOString()

  it('names who that function says is signed in', async () => {
    const auth = async () => ({
      user: { id: 'u7', name: 'Bob', image: 'https://example.com/b.png' },
      expires: expires(),
    })
    const opaque = crypto.randomUUID()
    const claims = await claimsOf(await post({ [v5Name]: opaque }, createTokenRoute({ auth })))
    expect(claims).toMatchObject({
      sub: 'u7',
      name: 'Bob',
      picture: 'https://example.com/b.png',
      sid: expect.any(String),
    })
    // The id of a session in a database signs in to the app: it must not be in a token that scripts can read.
    expect(JSON.stringify(claims)).not.toContain(opaque)
  })

  it('ends with the session', async () => {
    const auth = async () => ({ user: { id: 'u7' }, expires: new Date(Date.now() + 90_000).toISOString() })
    const claims = await claimsOf(await post({}, createTokenRoute({ auth })))
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(90)
  })

  it('answers 401 when that says nobody, whatever the cookie says', async () => {
    for (const session of [null, {}]) {
      const route = createTokenRoute({ auth: async () => session })
      await expectRefusal(await post({ [v5Name]: await encodeFor(v5Name, ann) }, route), 401, 'token_missing')
    }
  })

  it('finds id, sign-in and end in the cookie, when that is a token of the same person', async () => {
    const auth = async () => ({ user: { name: 'Ann', email: 'ann@example.com' }, expires: expires() })
    const cookie = await encodeV5({ token: ann, secret, salt: v5Name, maxAge: 120 })
    const claims = await claimsOf(await post({ [v5Name]: cookie }, createTokenRoute({ auth })))
    expect(claims).toMatchObject({ sub: 'u1', sid: 's1' })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(120)
  })

  it('never mixes it with a cookie of somebody else', async () => {
    const left = { [v4Name]: await encodeFor(v4Name, ann) }
    const bob = async () => ({ user: { name: 'Bob', email: 'bob@example.com' }, expires: expires() })
    await expectRefusal(await post(left, createTokenRoute({ auth: bob })), 500, 'subject_missing')
    const bobWithId = async () => ({ user: { id: 'u7' }, expires: expires() })
    const claims = await claimsOf(await post(left, createTokenRoute({ auth: bobWithId })))
    expect(claims).toMatchObject({ sub: 'u7' })
    expect(claims.sid).toBeUndefined()
  })

  it('passes the session to { user }', async () => {
    const auth = async () => ({ user: { name: 'Ann' }, account: { key: 'k1' }, expires: expires() })
    const route = createTokenRoute({ auth, user: (session) => ({ id: session.account.key, name: session.user.name }) })
    expect(await claimsOf(await post({}, route))).toMatchObject({ sub: 'k1', name: 'Ann' })
  })

  it('lets through what that function throws, as Next.js needs it', async () => {
    const redirect = new Error('NEXT_REDIRECT')
    const route = createTokenRoute({ auth: () => Promise.reject(redirect) })
    await expect(post({}, route)).rejects.toBe(redirect)
  })

  it('takes the `auth` of Auth.js v5 by its type', () => {
    expectTypeOf<NextAuthResult['auth']>().toExtend<NonNullable<Parameters<typeof createTokenRoute>[0]>['auth']>()
  })
})

describe('{ authOptions }', () => {
  const sessionToken = 'session/7+=' // an id that cookies percent-encode
  const stored = { sessionToken, userId: 'u7', expires: new Date(Date.now() + 86_400_000) }
  const user = { id: 'u7', name: 'Bob', email: 'bob@example.com', emailVerified: null, image: null }
  const options = (found: typeof stored | null): NextAuthOptions => ({
    providers: [],
    adapter: {
      getSessionAndUser: async (token) => (token === sessionToken && found ? { session: found, user } : null),
    },
  })

  it('reads a session in the database by its cookie', async () => {
    const route = createTokenRoute({ authOptions: options(stored) })
    for (const value of [sessionToken, encodeURIComponent(sessionToken)]) {
      const claims = await claimsOf(await post({ [v4Name]: value }, route))
      expect(claims).toMatchObject({ sub: 'u7', name: 'Bob', sid: expect.any(String) })
      expect(claims.picture).toBeUndefined()
    }
  })

  it('answers 401 without one, and when it is over', async () => {
    const cookies = { [v4Name]: sessionToken }
    await expectRefusal(await post({}, createTokenRoute({ authOptions: options(stored) })), 401, 'token_missing')
    await expectRefusal(await post(cookies, createTokenRoute({ authOptions: options(null) })), 401, 'token_missing')
    const over = { ...stored, expires: new Date(Date.now() - 1) }
    await expectRefusal(await post(cookies, createTokenRoute({ authOptions: options(over) })), 401, 'token_missing')
  })

  it('reads tokens when the strategy says so, with the secret and the cookie’s name from the options', async () => {
    const other = 'anotherQp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5'
    const authOptions: NextAuthOptions = {
      ...options(stored),
      secret: other,
      session: { strategy: 'jwt' },
      cookies: { sessionToken: { name: 'mine', options: {} } },
    }
    const response = await post(
      { mine: await encodeV4({ token: ann, secret: other }) },
      createTokenRoute({ authOptions }),
    )
    const { token } = (await response.json()) as ChatTokenResponse
    expect(await readToken(token, other)).toMatchObject({ sub: 'u1', sid: 's1' })
  })

  it('reads tokens of the app’s own `encode` with its `decode`', async () => {
    const authOptions: NextAuthOptions = {
      providers: [],
      jwt: {
        decode: async ({ token, secret: key }) => (token === `own-${String(key)}` ? ({ sub: 'u9' } as JWT) : null),
      },
    }
    const route = createTokenRoute({ authOptions })
    expect(await claimsOf(await post({ [v4Name]: `own-${secret}` }, route))).toMatchObject({ sub: 'u9' })
    await expectRefusal(await post({ [v4Name]: 'else' }, route), 401, 'token_missing')
  })
})

function post(
  cookies: Record<string, string>,
  route = createTokenRoute(),
  headers?: Record<string, string>,
): Promise<Response> {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  return route.POST(
    new Request('https://app.example.com/api/chat/token', {
      method: 'POST',
      headers: { cookie: `theme=dark; ${cookie}`, ...(headers ?? { 'sec-fetch-site': 'same-origin' }) },
    }),
  )
}

async function claimsOf(response: Response) {
  expect(response.status).toBe(200)
  const { token } = (await response.json()) as ChatTokenResponse
  return readToken(token, secret)
}

async function expectRefusal(response: Response, status: number, code: string): Promise<WireError> {
  const error = (await response.json()) as WireError
  expect({ status: response.status, code: error.code }).toEqual({ status, code })
  expect(JSON.stringify(error)).not.toContain(secret)
  return error
}

function encodeFor(name: string, token: JWT): Promise<string> {
  return name.includes('authjs') ? encodeV5({ token, secret, salt: name }) : encodeV4({ token, secret })
}
