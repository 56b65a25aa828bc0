import type { ChatError } from '@parlor/protocol'
import { encode as encodeV4 } from 'next-auth-v4/jwt'
import { encode as encodeV5 } from 'next-auth-v5/jwt'
import { describe, expect, it } from 'vitest'
import { COOKIE_LIFE_MS, createAuthenticator } from './authenticate.ts'
import type { AuthConfig } from './config.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const v4Name = 'next-auth.session-token'
const v5Name = 'authjs.session-token'

describe('the session cookie at the upgrade', () => {
  it('signs nobody in unless that was switched on', async () => {
    const header = `${v4Name}=${await encodeV4({ token: { sub: 'u1' }, secret })}`
    await expect(signIn(header, { cookieSignIn: false })).resolves.toBeUndefined()
    await expect(signIn(header)).resolves.toMatchObject({ kind: 'cookie', user: { id: 'u1' } })
  })

  it.each([v4Name, `__Secure-${v4Name}`, v5Name, `__Secure-${v5Name}`])('is found as %s among others', async (name) => {
    const token = await encodeFor(name, 'u1')
    await expect(signIn(`theme=dark; ${name}=${token}; =; x; y=z=w`)).resolves.toMatchObject({ user: { id: 'u1' } })
  })

  it('lives 15 minutes at most, because its end on the page can’t be seen', async () => {
    const now = () => 1_800_000_000_000
    const header = `${v4Name}=${await encodeV4({ token: { sub: 'u1' }, secret, maxAge: 1e9 })}`
    await expect(signIn(header, { now })).resolves.toMatchObject({ expiresAt: now() + COOKIE_LIFE_MS })
    const soon = `${v4Name}=${await encodeV4({ token: { sub: 'u1' }, secret, maxAge: 60 })}`
    expect((await signIn(soon))?.expiresAt).toBeLessThanOrEqual(Date.now() + 60_000)
  })

  it('is put together from its chunks, in their order', async () => {
    for (const name of [v4Name, v5Name]) {
      const token = await encodeFor(name, 'u1', 'x'.repeat(6_000))
      const chunks = [token.slice(0, 3_900), token.slice(3_900, 7_800), token.slice(7_800)]
      const header = [1, 0, 2].map((i) => `${name}.${i}=${chunks[i]}`).join('; ')
      await expect(signIn(header)).resolves.toMatchObject({ user: { id: 'u1' } })
    }
  })

  it('is taken whole rather than from left-over chunks, and never from a look-alike', async () => {
    const token = await encodeFor(v5Name, 'u1')
    const header = `${v5Name}.evil=AAAA; ${v5Name}.0=AAAA; ${v5Name}-2=AAAA; ${v5Name}=${token}`
    await expect(signIn(header)).resolves.toMatchObject({ user: { id: 'u1' } })
    await expect(signIn(`${v5Name}.1=${token}; x${v5Name}=${token}`)).resolves.toBeUndefined()
  })

  it('with __Secure- wins over the one without', async () => {
    const header = `${v4Name}=${await encodeFor(v4Name, 'planted')}; __Secure-${v4Name}=${await encodeFor(v4Name, 'u1')}`
    await expect(signIn(header)).resolves.toMatchObject({ user: { id: 'u1' } })
  })

  it('without __Secure- is not looked at in production', async () => {
    const token = await encodeFor(v4Name, 'u1')
    await expect(signIn(`${v4Name}=${token}`, { production: true })).resolves.toBeUndefined()
    await expect(signIn(`__Secure-${v4Name}=${token}`, { production: true })).resolves.toMatchObject({ kind: 'cookie' })
  })

  it('counts once: the first of two with one name', async () => {
    const header = `${v4Name}=${await encodeFor(v4Name, 'first')}; ${v4Name}=${await encodeFor(v4Name, 'second')}`
    await expect(signIn(header)).resolves.toMatchObject({ user: { id: 'first' } })
  })

  it('has the app’s own name, and then no other', async () => {
    const header = `mine=${await encodeV5({ token: { sub: 'u1' }, secret, salt: 'mine' })}`
    await expect(signIn(header, { cookieName: 'mine' })).resolves.toMatchObject({ user: { id: 'u1' } })
    await expect(signIn(`${v4Name}=${await encodeFor(v4Name, 'u1')}`, { cookieName: 'mine' })).resolves.toBeUndefined()
  })

  it('that holds something else is refused with its reason', async () => {
    const code = (header: string) =>
      signIn(header).then(
        () => 'accepted',
        (error: ChatError) => error.code,
      )
    expect(await code(`${v4Name}=garbage`)).toBe('token_malformed')
    expect(await code(`${v4Name}=%E0%A4%A`)).toBe('token_malformed')
    expect(await code(`${v4Name}=eyJhbGciOiJIUzI1NiJ9.e30.AAAA`)).toBe('token_unsupported')
    expect(await code(`${v5Name}=${await encodeV5({ token: { sub: 'u1' }, secret, salt: 'else' })}`)).toBe(
      'secret_mismatch',
    )
    expect(await code(`${v4Name}.0=${'A'.repeat(20_000)}`)).toBe('token_malformed')
  })
})

function signIn(header: string, config: Partial<AuthConfig> = {}) {
  return createAuthenticator({
    production: false,
    secrets: [secret],
    tokenKeys: [],
    sessionTokens: ['nextauth-v4', 'authjs-v5'],
    cookieSignIn: true,
    issuers: [],
    ...config,
  }).authenticateCookie(header)
}

function encodeFor(name: string, sub: string, filler = ''): Promise<string> {
  return name.includes('authjs')
    ? encodeV5({ token: { sub, filler }, secret, salt: name })
    : encodeV4({ token: { sub, filler }, secret })
}
