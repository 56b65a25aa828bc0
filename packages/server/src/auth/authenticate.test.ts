import {
  CHAT_TOKEN_AUDIENCE,
  CHAT_TOKEN_TYPE,
  ChatError,
  type ErrorCode,
  MAX_TOKEN_CHARS,
  SERVER_TOKEN_TYPE,
} from '@parlor/protocol'
import fc from 'fast-check'
import { EncryptJWT, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { encode as encodeV4 } from 'next-auth-v4/jwt'
import { encode as encodeV5 } from 'next-auth-v5/jwt'
import { describe, expect, it } from 'vitest'
import { type Authenticator, createAuthenticator } from './authenticate.ts'
import { type AuthConfig, AuthConfigError } from './config.ts'
import { deriveTokenKey } from './secrets.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const oldSecret = 'oldK3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5'
const otherSecret = 'anotherQp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5'
const plainName = 'authjs.session-token'
const person = { sub: 'u1', name: 'Ann', picture: 'https://example.com/a.png', email: 'ann@example.com' }
const ann = { id: 'u1', name: 'Ann', picture: 'https://example.com/a.png' }

describe('accepts, exactly as the real packages and our own route make them', () => {
  it('a NextAuth v4 session token', async () => {
    const token = await encodeV4({ token: { ...person, sid: 's1' }, secret })
    const identity = await authenticator().authenticate(token)
    expect(identity).toEqual({ kind: 'nextauth-v4', user: ann, sid: 's1', expiresAt: expect.any(Number) })
    // encode gives 30 days.
    expect(identity.expiresAt).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  })

  it.each(['__Secure-authjs.session-token', plainName])('an Auth.js v5 session token made for %s', async (salt) => {
    const token = await encodeV5({ token: { ...person, sid: 's1' }, secret, salt, maxAge: 3600 })
    const identity = await authenticator().authenticate(token)
    expect(identity).toEqual({ kind: 'authjs-v5', user: ann, sid: 's1', expiresAt: expect.any(Number) })
    expect(identity.expiresAt).toBeLessThanOrEqual(Date.now() + 3_600_000)
  })

  it('a v5 token under the app’s own cookie name', async () => {
    const token = await encodeV5({ token: person, secret, salt: '__Secure-mine' })
    await expect(authenticator({ cookieName: '__Secure-mine' }).authenticate(token)).resolves.toMatchObject({
      user: ann,
    })
    await expectRefusal(authenticator().authenticate(token), 'secret_mismatch')
  })

  it('a chat token, from the secret or from the derived key alone', async () => {
    const token = await chatToken()
    await expect(authenticator().authenticate(token)).resolves.toMatchObject({ kind: 'chat', user: ann })
    const derived = authenticator({ secrets: [], tokenKeys: [deriveTokenKey(secret)] })
    await expect(derived.authenticate(token)).resolves.toMatchObject({ kind: 'chat', user: ann })
  })

  it('tokens of every secret in the ring, and of none that left it', async () => {
    const tokens = [
      await encodeV4({ token: person, secret: oldSecret }),
      await encodeV5({ token: person, secret: oldSecret, salt: plainName }),
      await chatToken({}, oldSecret),
    ]
    for (const token of tokens) {
      await expect(authenticator({ secrets: [secret, oldSecret] }).authenticate(token)).resolves.toMatchObject({
        user: ann,
      })
      await expectRefusal(authenticator({ secrets: [secret] }).authenticate(token), 'secret_mismatch')
    }
  })

  it('a numeric `sub` as its digits', async () => {
    // Typed as a string, and yet a number in apps whose adapter has numeric ids.
    const token = await encodeV4({ token: { sub: 42 as unknown as string }, secret })
    await expect(authenticator().authenticate(token)).resolves.toMatchObject({
      user: { id: '42', name: null, picture: null },
    })
  })

  it('names and pictures only as far as they are harmless', async () => {
    const token = await encodeV4({
      token: { sub: 'u1', name: 'A\u202Enn\u200B', picture: 'data:image/png;base64,AA' },
      secret,
    })
    await expect(authenticator().authenticate(token)).resolves.toMatchObject({ user: { name: 'Ann', picture: null } })
  })
})

describe('refuses', () => {
  it.each<[string, unknown]>([
    ['no', undefined],
    ['null', null],
    ['an empty', ''],
  ])('%s token as token_missing', async (_title, token) => {
    await expectRefusal(authenticator().authenticate(token as string), 'token_missing')
  })

  it.each<[string, string]>([
    ['a word', 'garbage'],
    ['an Authorization header', 'Bearer %E0%A4'],
    ['broken percent encoding', '%E0%A4%A'],
    ['two dots', '...'],
    ['four dots', '....'],
    ['three parts that are no JSON', 'a.b.c'],
    ['five parts that are no JSON', 'a..b.c.d'],
    ['the header null', 'bnVsbA..b.c.d'],
    ['a header that is an array', 'W10.W10.W10'],
    ['half a header', 'eyJhbGciOiJkaXIi.aaaa.c'],
    ['the opaque cookie of a session in a database', '3f0c1a2b-1111-4222-8333-444455556666'],
    ['seven parts', 'eyJhbGciOiJkaXIifQ.a.b.c.d.e.f'],
    ['another script', 'ключ.ключ.ключ'],
    ['NUL characters', '\u0000.\u0000.\u0000'],
    ['too many characters', 'a'.repeat(MAX_TOKEN_CHARS + 1)],
  ])('%s as token_malformed', async (_title, token) => {
    await expectRefusal(authenticator().authenticate(token), 'token_malformed')
  })

  it('a real token beyond the length limit, without trying to read it', async () => {
    const token = await encodeV4({ token: { ...person, blob: 'x'.repeat(MAX_TOKEN_CHARS) }, secret })
    await expectRefusal(authenticator().authenticate(token), 'token_malformed')
  })

  it('whatever else anybody sends, with a ChatError and nothing else', async () => {
    const auth = authenticator({
      hs256: { secrets: [secret] },
      issuers: [{ issuer: 'https://issuer.test', jwksUrl: 'http://127.0.0.1:9/' }],
    })
    const real = await encodeV5({ token: person, secret, salt: plainName })
    const header = fc.json().map((json) => Buffer.from(json).toString('base64url'))
    const part = fc.oneof(
      fc.base64String().map((text) => text.replace(/[+/=]/g, '_')),
      header,
    )
    const joined = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('.'))
    const altered = fc
      .tuple(fc.nat(real.length - 2), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([at, text]) => real.slice(0, at) + text + real.slice(at + text.length + 1))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), joined, altered), async (token) => {
        await expect(auth.authenticate(token)).rejects.toBeInstanceOf(ChatError)
        await expect(auth.authenticateServer(token)).rejects.toBeInstanceOf(ChatError)
      }),
      { numRuns: 500 },
    )
  })

  it('a token made with another secret as secret_mismatch, and says what to do', async () => {
    for (const token of [
      await encodeV4({ token: person, secret: otherSecret }),
      await encodeV5({ token: person, secret: otherSecret, salt: plainName }),
      await chatToken({}, otherSecret),
    ]) {
      const error = await expectRefusal(authenticator().authenticate(token), 'secret_mismatch')
      expect(error.hint).toContain('AUTH_SECRET')
      expect(JSON.stringify(error.toWire())).not.toContain(secret)
    }
  })

  it('a v5 token for a cookie name that isn’t accepted here as wrong_salt, naming both', async () => {
    const token = await encodeV5({ token: person, secret, salt: plainName })
    const https = await expectRefusal(authenticator({ https: true }).authenticate(token), 'wrong_salt')
    expect(https.hint).toContain(plainName)
    expect(https.hint).toContain('__Secure-authjs.session-token')
    await expectRefusal(authenticator({ cookieName: '__Secure-mine' }).authenticate(token), 'wrong_salt')
    const secure = await encodeV5({ token: person, secret, salt: '__Secure-authjs.session-token' })
    await expect(authenticator({ https: true }).authenticate(secure)).resolves.toMatchObject({ user: ann })
  })

  it('v4 tokens where only v5 is enabled, and the other way round', async () => {
    const v4 = await encodeV4({ token: person, secret })
    const v5 = await encodeV5({ token: person, secret, salt: plainName })
    await expectRefusal(authenticator({ sessionTokens: ['authjs-v5'] }).authenticate(v4), 'token_unsupported')
    await expectRefusal(authenticator({ sessionTokens: ['nextauth-v4'] }).authenticate(v5), 'token_unsupported')
    const derivedOnly = authenticator({ secrets: [], tokenKeys: [deriveTokenKey(secret)] })
    await expectRefusal(derivedOnly.authenticate(v4), 'token_unsupported')
    await expectRefusal(derivedOnly.authenticate(v5), 'token_unsupported')
  })

  it('the cookies of a sign-in under way: they have other keys', async () => {
    for (const name of ['next-auth.pkce.code_verifier', 'next-auth.state', 'next-auth.nonce']) {
      for (const salt of [name, `__Secure-${name}`]) {
        const token = await encodeV4({ token: { ...person, value: 'x' }, secret, salt, maxAge: 900 })
        await expectRefusal(authenticator().authenticate(token), 'secret_mismatch')
      }
    }
    for (const name of ['authjs.pkce.code_verifier', 'authjs.state', 'authjs.nonce']) {
      for (const salt of [name, `__Secure-${name}`]) {
        const token = await encodeV5({ token: { ...person, value: 'x' }, secret, salt, maxAge: 900 })
        await expectRefusal(authenticator().authenticate(token), 'secret_mismatch')
      }
    }
  })

  it.each<[string, unknown]>([
    ['no', undefined],
    ['an empty', ''],
    ['an overlong', 'x'.repeat(256)],
    ['a fractional', 1.5],
    ['an unsafe number as', 2 ** 53],
    ['a boolean', true],
    ['an object', { id: 'u1' }],
    ['a null', null],
    ['a multi-line', 'u1\nadmin'],
    ['half a surrogate pair', 'u1\ud800'],
  ])('%s `sub` as subject_missing', async (_title, sub) => {
    const claims = { name: 'Ann', sub: sub as string }
    for (const token of [
      await encodeV4({ token: claims, secret }),
      await encodeV5({ token: claims, secret, salt: plainName }),
      await chatToken({ sub: sub as string }),
    ]) {
      await expectRefusal(authenticator().authenticate(token), 'subject_missing')
    }
  })

  it('an expired token from 15 s on, and not a second earlier', async () => {
    for (const token of [
      await encodeV4({ token: person, secret, maxAge: 100 }),
      await encodeV5({ token: person, secret, salt: plainName, maxAge: 100 }),
      await chatToken({ exp: Math.floor(Date.now() / 1000) + 100 }),
    ]) {
      const { expiresAt } = await authenticator().authenticate(token)
      const at = (ms: number) => authenticator({ now: () => expiresAt + ms }).authenticate(token)
      await expect(at(14_000)).resolves.toMatchObject({ user: ann, expiresAt })
      await expect(at(14_999)).resolves.toMatchObject({ user: ann })
      await expectRefusal(at(15_000), 'expired')
    }
  })

  it('a token without `exp`', async () => {
    const token = new SignJWT(person).setProtectedHeader({ alg: 'HS256', typ: CHAT_TOKEN_TYPE }).setIssuedAt()
    const signed = await token.setAudience(CHAT_TOKEN_AUDIENCE).sign(deriveTokenKey(secret))
    await expectRefusal(authenticator().authenticate(signed), 'token_malformed')
  })

  it('a token with any part altered', async () => {
    for (const token of [
      await encodeV4({ token: person, secret }),
      await encodeV5({ token: person, secret, salt: plainName }),
      await chatToken(),
    ]) {
      const parts = token.split('.')
      for (const [i, part] of parts.entries()) {
        const altered = parts.with(i, flip(part)).join('.')
        await expect(authenticator().authenticate(altered)).rejects.toBeInstanceOf(ChatError)
      }
    }
  })

  it('a v5 token whose fingerprint is right and whose body was altered as token_malformed', async () => {
    const parts = (await encodeV5({ token: person, secret, salt: plainName })).split('.')
    await expectRefusal(authenticator().authenticate(parts.with(3, flip(parts[3] ?? '')).join('.')), 'token_malformed')
  })

  it('tokens with the parts of two', async () => {
    const [one, two] = [await chatToken(), await chatToken({ sub: 'u2' })].map((token) => token.split('.'))
    await expectRefusal(authenticator().authenticate([one?.[0], two?.[1], one?.[2]].join('.')), 'secret_mismatch')
  })
})

describe('pins algorithms: refuses', () => {
  const v4Key = () => keyOf('', 'NextAuth.js Generated Encryption Key', 32)
  const jwe = (header: object, key: Uint8Array) =>
    new EncryptJWT(person)
      .setProtectedHeader(header as { alg: string; enc: string })
      .setIssuedAt()
      .setExpirationTime('1h')
      .encrypt(key)

  it('compressed tokens, a bomb or not', async () => {
    for (const enc of ['A256GCM', 'A256CBC-HS512']) {
      const info =
        enc === 'A256GCM' ? 'NextAuth.js Generated Encryption Key' : `Auth.js Generated Encryption Key (${plainName})`
      const key = await keyOf(enc === 'A256GCM' ? '' : plainName, info, enc === 'A256GCM' ? 32 : 64)
      await expectRefusal(
        authenticator().authenticate(await jwe({ alg: 'dir', enc, zip: 'DEF' }, key)),
        'token_unsupported',
      )
    }
  })

  it.each(['A256KW', 'A256GCMKW'])('%s, which NextAuth v4’s own decode takes with the same key', async (alg) => {
    await expectRefusal(
      authenticator().authenticate(await jwe({ alg, enc: 'A256GCM' }, await v4Key())),
      'token_unsupported',
    )
  })

  it('A128CBC-HS256, which fits v4’s key too', async () => {
    const token = await jwe({ alg: 'dir', enc: 'A128CBC-HS256' }, await v4Key())
    await expectRefusal(authenticator().authenticate(token), 'token_unsupported')
  })

  it('PBES2 with a huge iteration count, without counting', async () => {
    const token = await jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' }, new TextEncoder().encode(secret))
    const header = { ...JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()), p2c: 2 ** 31 }
    await expectRefusal(
      authenticator().authenticate(token.split('.').with(0, encode(header)).join('.')),
      'token_unsupported',
    )
  })

  it('`none`, as any kind of JWS', async () => {
    const claims = encode({ ...person, aud: CHAT_TOKEN_AUDIENCE, iat: seconds(), exp: seconds() + 60 })
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      for (const typ of [CHAT_TOKEN_TYPE, 'JWT', undefined]) {
        const auth = authenticator({ hs256: { secrets: [secret] } })
        await expectRefusal(auth.authenticate(`${encode({ alg, typ })}.${claims}.`), 'token_unsupported')
      }
    }
  })

  it('RS256 and HS512 for a chat token', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    for (const [alg, key] of [
      ['RS256', privateKey],
      ['HS512', new Uint8Array([...deriveTokenKey(secret), ...deriveTokenKey(secret)])],
    ] as const) {
      const token = await new SignJWT({ ...person, aud: CHAT_TOKEN_AUDIENCE })
        .setProtectedHeader({ alg, typ: CHAT_TOKEN_TYPE })
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(key)
      await expectRefusal(authenticator().authenticate(token), 'token_unsupported')
    }
  })

  it('HS256 with the raw secret, unless that was enabled', async () => {
    const token = await new SignJWT(person)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret))
    const error = await expectRefusal(authenticator().authenticate(token), 'token_unsupported')
    expect(error.hint).toContain('PARLOR_HS256_SECRET')
    const enabled = authenticator({ hs256: { secrets: [secret] } })
    await expect(enabled.authenticate(token)).resolves.toMatchObject({ kind: 'hs256', user: ann })
  })

  it('a chat token signed with the raw secret or with a session’s key', async () => {
    for (const key of [new TextEncoder().encode(secret), await v4Key()]) {
      await expectRefusal(authenticator().authenticate(await chatToken({}, key)), 'secret_mismatch')
    }
  })
})

describe('server tokens', () => {
  it('are accepted from the app’s server', async () => {
    await expect(authenticator().authenticateServer(await serverToken())).resolves.toBeUndefined()
  })

  it('sign nobody in, and chat tokens and session tokens are no server tokens', async () => {
    await expectRefusal(authenticator().authenticate(await serverToken({ sub: 'u1' })), 'wrong_audience')
    await expectRefusal(authenticator().authenticateServer(await chatToken()), 'wrong_audience')
    await expectRefusal(authenticator().authenticateServer(await encodeV4({ token: person, secret })), 'wrong_audience')
  })

  it('can’t be made out of a chat token by renaming its type', async () => {
    const parts = (await chatToken()).split('.')
    const token = parts.with(0, encode({ alg: 'HS256', typ: SERVER_TOKEN_TYPE })).join('.')
    await expectRefusal(authenticator().authenticateServer(token), 'secret_mismatch')
  })

  it('of another secret, without an audience, expired or older than a minute are refused', async () => {
    await expectRefusal(authenticator().authenticateServer(await serverToken({}, otherSecret)), 'secret_mismatch')
    await expectRefusal(authenticator().authenticateServer(await serverToken({ aud: 'else' })), 'wrong_audience')
    await expectRefusal(authenticator().authenticateServer(await serverToken({ exp: seconds() - 20 })), 'expired')
    const old = await serverToken({ iat: seconds() - 80, exp: seconds() + 3600 })
    await expectRefusal(authenticator().authenticateServer(old), 'expired')
  })
})

describe('weak secrets', () => {
  it.each([
    { secrets: [''] },
    { secrets: [secret, ' '] },
    { secrets: [], tokenKeys: [deriveTokenKey('')] },
    { secrets: [], tokenKeys: [new Uint8Array()] },
    { hs256: { secrets: [''] } },
  ])('are refused everywhere when they are empty, or the key of an empty one: %o', (config) => {
    expect(() => authenticator({ production: false, ...config })).toThrow(AuthConfigError)
    expect(() => authenticator({ production: false, ...config })).toThrow('anybody can make tokens')
  })

  it('are refused in production, also when the service is configured in code', () => {
    expect(() => authenticator({ production: true, secrets: ['short'] })).toThrow(AuthConfigError)
    expect(() => authenticator({ production: true, secrets: [], tokenKeys: [new Uint8Array(32)] })).toThrow(
      AuthConfigError,
    )
    expect(() => authenticator({ production: false, secrets: ['short'] })).not.toThrow()
    expect(() => authenticator({ production: true })).not.toThrow()
  })
})

function authenticator(config: Partial<AuthConfig> = {}): Authenticator {
  return createAuthenticator({
    production: false,
    secrets: [secret],
    tokenKeys: [],
    sessionTokens: ['nextauth-v4', 'authjs-v5'],
    cookieSignIn: false,
    issuers: [],
    ...config,
  })
}

async function expectRefusal(outcome: Promise<unknown>, code: ErrorCode): Promise<ChatError> {
  const error = await outcome.then(
    (value) => expect.unreachable(`accepted: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ChatError)
  expect(error).toMatchObject({ code })
  return error as ChatError
}

function chatToken(claims: JWTPayload = {}, key: string | Uint8Array = secret): Promise<string> {
  return ownToken(CHAT_TOKEN_TYPE, { ...person, ...claims }, key)
}

function serverToken(claims: JWTPayload = {}, key: string | Uint8Array = secret): Promise<string> {
  return ownToken(SERVER_TOKEN_TYPE, claims, key)
}

function ownToken(typ: string, claims: JWTPayload, key: string | Uint8Array): Promise<string> {
  return new SignJWT({ aud: CHAT_TOKEN_AUDIENCE, iat: seconds(), exp: seconds() + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ })
    .sign(typeof key === 'string' ? deriveTokenKey(key) : key)
}

async function keyOf(salt: string, info: string, bytes: number): Promise<Uint8Array> {
  const text = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', text.encode(secret), 'HKDF', false, ['deriveBits'])
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: text.encode(salt), info: text.encode(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, material, bytes * 8))
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Another first character: the bits of the last one may not all count. */
function flip(part: string): string {
  return (part.startsWith('A') ? 'B' : 'A') + part.slice(1)
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
