import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { NextAuthOptions } from 'next-auth-v4'
import { decode as decodeV4, encode as encodeV4, type JWT } from 'next-auth-v4/jwt'
import type { NextAuthConfig } from 'next-auth-v5'
import { decode as decodeV5 } from 'next-auth-v5/jwt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FakeService, readToken, startService } from './service.contract.ts'
import { hashSessionId } from './session.ts'
import { withParlor } from './with-parlor.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const cookieName = 'authjs.session-token'

beforeEach(() => {
  vi.stubEnv('AUTH_SECRET', secret)
  for (const name of ['NEXTAUTH_SECRET', 'PARLOR_TOKEN_SECRET', 'PARLOR_URL', 'NEXT_PUBLIC_PARLOR_URL'])
    vi.stubEnv(name, '')
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('with the real Auth.js v5', () => {
  it('a sign-in gets an id, a refresh keeps it, a sign-out revokes it', async () => {
    const service = await startService()
    const jwt = vi.fn(({ token, user }) => (user ? { ...token, role: 'admin' } : token))
    const app = await createApp({ callbacks: { jwt } }, service)

    const first = await app.signIn('Ann')
    const claims = await decodeV5({ token: first, secret, salt: cookieName })
    expect(claims).toMatchObject({ name: 'Ann', role: 'admin', sid: expect.stringMatching(uuid) })

    const second = await app.refresh(first)
    expect(second).not.toBe(first)
    expect((await decodeV5({ token: second, secret, salt: cookieName }))?.sid).toBe(claims?.sid)

    expect(service.asked).toEqual([])
    expect(await app.signOut(second)).toBe('')
    expect(service.asked).toMatchObject([{ method: 'POST', path: '/v1/sessions/revoke', body: { sid: claims?.sid } }])
    expect(await readToken(service.asked[0]?.token ?? '', secret)).toMatchObject({
      typ: 'parlor-server+jwt',
      aud: 'parlor',
    })

    const again = await decodeV5({ token: await app.signIn('Ann'), secret, salt: cookieName })
    expect(again?.sid).not.toBe(claims?.sid)
  })

  it('a config made for each request works too', async () => {
    const service = await startService()
    const lazy = withParlor(async () => ({ providers: [], events: {} }) as NextAuthConfig, { url: service.url })
    const config = await lazy()
    await config.events?.signOut?.({ token: { sid: 's1' } })
    expect(service.asked).toMatchObject([{ body: { sid: 's1' } }])
  })
})

describe('with NextAuth v4', () => {
  it('a sign-in gets an id, a refresh keeps it, a sign-out revokes it', async () => {
    const service = await startService()
    const options: NextAuthOptions = withParlor({ providers: [] }, { url: service.url })
    const signedIn = await callJwt(options, { token: { sub: 'u1' }, user: { id: 'u1' }, trigger: 'signIn' })
    expect(signedIn).toEqual({ sub: 'u1', sid: expect.stringMatching(uuid) })
    const decoded = await decodeV4({ token: await encodeV4({ token: signedIn, secret }), secret })
    const refreshed = await callJwt(options, { token: decoded ?? {} })
    expect(refreshed).toMatchObject({ sub: 'u1', sid: signedIn.sid })
    await options.events?.signOut?.({ token: refreshed, session: undefined as never })
    expect(service.asked).toMatchObject([{ path: '/v1/sessions/revoke', body: { sid: signedIn.sid } }])
  })

  it('a session from before stays as it is', async () => {
    const options: NextAuthOptions = withParlor({ providers: [] })
    expect(await callJwt(options, { token: { sub: 'u1' } })).toEqual({ sub: 'u1' })
  })

  it('keeps every other option, and types as it did', () => {
    const options: NextAuthOptions = withParlor({
      providers: [],
      session: { strategy: 'jwt', maxAge: 60 },
      callbacks: { session: ({ session, token }) => ({ ...session, sub: token.sub }) },
      events: { signIn: ({ user }) => void user.id },
    })
    expect(options.session).toEqual({ strategy: 'jwt', maxAge: 60 })
    expect(Object.keys(options.callbacks ?? {}).sort()).toEqual(['jwt', 'session'])
    expect(Object.keys(options.events ?? {}).sort()).toEqual(['signIn', 'signOut'])
  })
})

describe('your own jwt callback', () => {
  const options = (jwt: (params: { token: JWT }) => unknown): NextAuthOptions =>
    withParlor({ providers: [], callbacks: { jwt: jwt as never } })

  it('may build a token of its own, and the sign-in stays the same', async () => {
    const fresh = options(() => ({ sub: 'u1' }))
    expect(await callJwt(fresh, { token: { sid: 's1' } })).toEqual({ sub: 'u1', sid: 's1' })
  })

  it('may set a `sid` of its own', async () => {
    const own = options(({ token }) => ({ ...token, sid: 'from-the-provider' }))
    expect(await callJwt(own, { token: { sid: 's1' } })).toEqual({ sid: 'from-the-provider' })
  })

  it('may end the session with null', async () => {
    expect(
      await callJwt(
        options(() => null),
        { token: {} },
      ),
    ).toBeNull()
  })
})

describe('a session in a database', () => {
  it('is revoked by the same id that its chat tokens carry', async () => {
    const service = await startService()
    const config: NextAuthConfig = withParlor({ providers: [] }, { url: service.url })
    await config.events?.signOut?.({ session: { sessionToken: 't1', userId: 'u1', expires: new Date() } })
    expect(service.asked).toMatchObject([{ body: { sid: await hashSessionId('t1') } }])
  })

  it('that the adapter doesn’t return is left to the token’s end, quietly', async () => {
    const service = await startService()
    const config: NextAuthConfig = withParlor({ providers: [] }, { url: service.url })
    await config.events?.signOut?.({ session: null })
    await config.events?.signOut?.({ session: undefined })
    await config.events?.signOut?.({ token: null })
    expect(service.asked).toEqual([])
    expect(console.warn).not.toHaveBeenCalled()
  })
})

describe('a sign-out always works', () => {
  const signOut = (options: Parameters<typeof withParlor>[1]) =>
    (withParlor({ providers: [] }, options) as NextAuthConfig).events?.signOut?.({ token: { sid: 's1' } })

  it('when the chat is down, silent, refuses, or isn’t configured: it only says so', async () => {
    await signOut({ url: 'http://127.0.0.1:9' })
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('can’t be reached'))
    const silent = await startService(() => ({ silent: true }))
    await signOut({ url: silent.url, timeoutMs: 50 })
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('didn’t answer within 50 ms'))
    const refusing = await startService(() => ({
      status: 401,
      body: { error: { code: 'secret_mismatch', message: 'No.' } },
    }))
    await signOut({ url: refusing.url })
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('No.'))
    vi.stubEnv('NODE_ENV', 'production')
    await signOut({})
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('PARLOR_URL is not set'))
    vi.stubEnv('AUTH_SECRET', '')
    await signOut({ url: refusing.url })
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('AUTH_SECRET'))
  })

  it('and runs your own event, whose failure stays yours', async () => {
    const service = await startService()
    const failure = new Error('mine')
    const config: NextAuthConfig = withParlor(
      { providers: [], events: { signOut: () => Promise.reject(failure) } },
      { url: service.url },
    )
    await expect(config.events?.signOut?.({ token: { sid: 's1' } })).rejects.toBe(failure)
    expect(service.asked).toMatchObject([{ body: { sid: 's1' } }])
  })

  it('with the secret of the config, when the environment has none', async () => {
    vi.stubEnv('AUTH_SECRET', '')
    const service = await startService()
    const config: NextAuthConfig = withParlor({ providers: [], secret: [secret, 'older'] }, { url: service.url })
    await config.events?.signOut?.({ token: { sid: 's1' } })
    expect(await readToken(service.asked[0]?.token ?? '', secret)).toMatchObject({ typ: 'parlor-server+jwt' })
  })
})

async function callJwt(options: NextAuthOptions, params: object): Promise<JWT> {
  return (await options.callbacks?.jwt?.(params as never)) as JWT
}

/** An app with a Credentials provider, driven through its real routes; cookies are passed by hand. */
async function createApp(config: Partial<NextAuthConfig>, service: FakeService) {
  const require = createRequire(createRequire(import.meta.url).resolve('next-auth-v5/jwt'))
  const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(require.resolve(name)).href)
  const { Auth } = (await load('@auth/core')) as { Auth: (request: Request, config: object) => Promise<Response> }
  const credentials = (await load('@auth/core/providers/credentials')) as { default: (options: object) => unknown }
  const provider = credentials.default({
    credentials: { name: {} },
    authorize: ({ name }: { name: string }) => ({ id: crypto.randomUUID(), name }),
  })
  const wrapped = withParlor(
    { ...config, providers: [provider], secret, basePath: '/api/auth', trustHost: true },
    { url: service.url },
  )

  const visit = (path: string, cookie: string, form?: Record<string, string>) =>
    Auth(
      new Request(`http://localhost:3000/api/auth/${path}`, {
        headers: { cookie },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      }),
      wrapped,
    )

  async function submit(path: string, cookie: string, form: Record<string, string> = {}): Promise<string> {
    const page = await visit('csrf', cookie)
    const { csrfToken } = (await page.json()) as { csrfToken: string }
    const jar = [cookie, ...page.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')].join('; ')
    return readSessionCookie(await visit(path, jar, { csrfToken, ...form }))
  }

  return {
    signIn: (name: string) => submit('callback/credentials', '', { name }),
    refresh: async (token: string) => readSessionCookie(await visit('session', `${cookieName}=${token}`)),
    signOut: (token: string) => submit('signout', `${cookieName}=${token}`),
  }
}

function readSessionCookie(response: Response): string {
  const line = response.headers.getSetCookie().find((text) => text.startsWith(`${cookieName}=`))
  return (
    line?.split(';')[0]?.slice(cookieName.length + 1) ?? expect.unreachable(`no session cookie: ${response.status}`)
  )
}
