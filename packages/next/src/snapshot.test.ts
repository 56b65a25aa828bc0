import { createServer } from 'node:net'
import { encode as encodeV4 } from 'next-auth-v4/jwt'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readToken, startService } from './service.contract.ts'
import { getChatRooms, getChatSnapshot } from './snapshot.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const snapshot = { roomId: 'general', epoch: 'e1', head: 3, messages: [] }
const jar = vi.hoisted(() => ({ cookies: new Map<string, string>(), failure: undefined as Error | undefined }))

// Only Next.js itself can say whose request it is.
vi.mock('next/headers.js', () => ({
  cookies: async () => {
    if (jar.failure) throw jar.failure
    return { get: (name: string) => (jar.cookies.has(name) ? { name, value: jar.cookies.get(name) } : undefined) }
  },
}))

beforeEach(async () => {
  vi.stubEnv('AUTH_SECRET', secret)
  for (const name of ['NEXTAUTH_SECRET', 'PARLOR_TOKEN_SECRET', 'PARLOR_URL', 'NEXT_PUBLIC_PARLOR_URL'])
    vi.stubEnv(name, '')
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  jar.failure = undefined
  jar.cookies = new Map([['next-auth.session-token', await encodeV4({ token: { sub: 'u1', name: 'Ann' }, secret })]])
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('getChatSnapshot', () => {
  it('reads the room as the person who is signed in', async () => {
    const service = await startService(() => ({ body: snapshot }))
    vi.stubEnv('PARLOR_URL', service.url)
    expect(await getChatSnapshot('general', { limit: 20 })).toEqual(snapshot)
    expect(service.asked).toMatchObject([{ method: 'GET', path: '/v1/rooms/general/snapshot?limit=20' }])
    const claims = await readToken(service.asked[0]?.token ?? '', secret)
    expect(claims).toMatchObject({ typ: 'parlor-chat+jwt', sub: 'u1', name: 'Ann' })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60)
  })

  it('takes the address from `url`, PARLOR_URL or NEXT_PUBLIC_PARLOR_URL, ws or http, with a path or a slash', async () => {
    const service = await startService(() => ({ body: snapshot }))
    vi.stubEnv('NEXT_PUBLIC_PARLOR_URL', service.url.replace('http', 'ws'))
    expect(await getChatSnapshot('a')).toEqual(snapshot)
    vi.stubEnv('PARLOR_URL', `${service.url}/`)
    expect(await getChatSnapshot('b')).toEqual(snapshot)
    expect(await getChatSnapshot('c:d~1', { url: `${service.url}/chat/` })).toEqual(snapshot)
    expect(service.asked.map(({ path }) => path)).toEqual([
      '/v1/rooms/a/snapshot',
      '/v1/rooms/b/snapshot',
      '/chat/v1/rooms/c%3Ad~1/snapshot',
    ])
  })

  it('can’t be led to another address by a room’s name', async () => {
    const service = await startService(() => ({ body: snapshot }))
    await getChatSnapshot('../../v1/rooms?x=#', { url: service.url })
    expect(service.asked[0]?.path).toBe('/v1/rooms/..%2F..%2Fv1%2Frooms%3Fx%3D%23/snapshot')
  })

  it('is null when nobody is signed in, and asks nobody', async () => {
    const service = await startService()
    jar.cookies.clear()
    expect(await getChatSnapshot('general', { url: service.url })).toBeNull()
    expect(service.asked).toEqual([])
    expect(console.warn).not.toHaveBeenCalled()
  })

  it('is null when the service is down, silent, or refuses, and says why in development', async () => {
    const gone = await refusingUrl()
    expect(await getChatSnapshot('general', { url: gone })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(
      expect.stringMatching(/^\[parlor\] getChatSnapshot\('general'\) is null: unavailable .*can’t be reached/),
    )

    const silent = await startService(() => ({ silent: true }))
    expect(await getChatSnapshot('general', { url: silent.url, timeoutMs: 50 })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('timeout'))

    const error = {
      code: 'secret_mismatch',
      message: 'Another secret.',
      retryable: false,
      hint: 'Give it AUTH_SECRET.',
    }
    const refusing = await startService(() => ({ status: 401, body: { error } }))
    expect(await getChatSnapshot('general', { url: refusing.url })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('Give it AUTH_SECRET.'))

    const other = await startService(() => ({ body: '<html>' }))
    expect(await getChatSnapshot('general', { url: other.url })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('Is PARLOR_URL its address?'))

    const moved = await startService(() => ({ status: 308, headers: { location: 'https://new.example.com/' } }))
    expect(await getChatSnapshot('general', { url: moved.url })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('https://new.example.com/'))

    expect(await getChatSnapshot('general', { url: '/chat' })).toBeNull()
    expect(console.warn).toHaveBeenLastCalledWith(expect.stringContaining('PARLOR_URL is no address'))
  })

  it('asks port 4000 of this machine in development, when no address is set', async () => {
    const ask = vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(snapshot))
    expect(await getChatSnapshot('general')).toEqual(snapshot)
    expect(ask).toHaveBeenCalledWith('http://localhost:4000/v1/rooms/general/snapshot', expect.anything())
    vi.stubEnv('NODE_ENV', 'production')
    expect(await getChatSnapshot('general')).toBeNull()
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('says nothing in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(await getChatSnapshot('general')).toBeNull()
    expect(console.warn).not.toHaveBeenCalled()
  })

  it('lets through what Next.js throws', async () => {
    jar.failure = new Error('DYNAMIC_SERVER_USAGE')
    await expect(getChatSnapshot('general')).rejects.toThrow('DYNAMIC_SERVER_USAGE')
  })

  it('takes the session from `auth` as the route does', async () => {
    const service = await startService(() => ({ body: snapshot }))
    const auth = async () => ({ user: { id: 'u7' } })
    expect(await getChatSnapshot('general', { url: service.url, auth })).toEqual(snapshot)
    expect(await readToken(service.asked[0]?.token ?? '', secret)).toMatchObject({ sub: 'u7' })
  })
})

describe('getChatRooms', () => {
  it('lists the rooms, or is null', async () => {
    const rooms = [{ room: { id: 'general' }, me: null, head: 3, lastMessage: null }]
    const service = await startService(() => ({ body: { rooms } }))
    expect(await getChatRooms({ url: service.url })).toEqual(rooms)
    expect(service.asked).toMatchObject([{ method: 'GET', path: '/v1/rooms' }])
    expect(await getChatRooms({ url: await refusingUrl() })).toBeNull()
  })
})

/** An address of this machine at which nobody listens (any more). */
function refusingUrl(): Promise<string> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(`http://127.0.0.1:${port}`))
    })
  })
}
