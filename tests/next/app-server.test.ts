/** The app's side (@parlor/next) against the real service: what one mints, the other reads. */
import { createTokenRoute, getChatRooms, getChatSnapshot, withParlor } from '@parlor/next'
import { chat } from '@parlor/next/server'
import type { ChatTokenResponse } from '@parlor/protocol'
import { startTestServer, type TestServer } from '@parlor/server/testing'
import type { NextAuthOptions } from 'next-auth-v4'
import { encode as encodeV4 } from 'next-auth-v4/jwt'
import { encode as encodeV5 } from 'next-auth-v5/jwt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const jar = vi.hoisted(() => ({ cookies: {} as Record<string, string> }))

// Only Next.js itself can say whose request it is.
vi.mock('next/headers.js', () => ({
  cookies: async () => ({ get: (name: string) => ({ name, value: jar.cookies[name] }) }),
}))

let service: TestServer

beforeEach(async () => {
  service = await startTestServer()
  for (const name of ['NEXTAUTH_SECRET', 'PARLOR_TOKEN_SECRET', 'AUTH_URL', 'NEXTAUTH_URL']) vi.stubEnv(name, '')
  vi.stubEnv('AUTH_SECRET', service.secret)
  vi.stubEnv('PARLOR_URL', service.url)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await service.close()
})

describe('the app’s server', () => {
  test('makes a room with members, speaks in it, and a page shows it to a member', async () => {
    const { room } = await chat.rooms.upsert({
      id: 'order-1',
      kind: 'private',
      name: 'Order 1',
      members: [{ id: 'u1', name: 'Ann' }],
    })
    expect(room).toMatchObject({ id: 'order-1', kind: 'private', name: 'Order 1', memberCount: 1 })
    const { member } = await chat.members.add('order-1', { id: 'auth0|2', name: 'Bob' }, 'moderator')
    expect(member).toMatchObject({ userId: 'auth0|2', name: 'Bob', role: 'moderator' })
    const sent = await chat.messages.send('order-1', {
      user: { id: 'auth0|2', name: 'Bob' },
      text: 'It is on its way.',
    })

    await signIn('u1')
    const snapshot = await getChatSnapshot('order-1', { limit: 10 })
    expect(snapshot).toMatchObject({
      roomId: 'order-1',
      user: { id: 'u1', name: 'Ann' },
      me: { userId: 'u1' },
      messages: [{ id: sent.id, seq: sent.seq, text: 'It is on its way.', user: { id: 'auth0|2' } }],
    })
    expect((await getChatRooms())?.map((summary) => summary.room.id)).toContain('order-1')

    await chat.members.remove('order-1', 'u1')
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(await getChatSnapshot('order-1')).toBeNull()
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('is null: removed'))
  })

  test('sends a message once, however often it repeats it', async () => {
    const message = { id: crypto.randomUUID(), user: { id: 'u1' }, text: 'Once' }
    await chat.rooms.upsert({ id: 'r1', kind: 'private', members: [{ id: 'u1' }] })
    const first = await chat.messages.send('r1', message)
    expect(await chat.messages.send('r1', message)).toEqual(first)
    await expect(chat.messages.send('r1', { ...message, text: 'Twice' })).rejects.toMatchObject({ code: 'id_conflict' })
  })

  test('is refused with the service’s reason', async () => {
    await expect(chat.members.add('no-such-room', 'u1')).rejects.toMatchObject({ code: 'room_not_found' })
    vi.stubEnv('AUTH_SECRET', 'another-secret-of-the-app-1234567890')
    await expect(chat.sessions.revoke('s1')).rejects.toMatchObject({
      code: 'secret_mismatch',
      hint: expect.stringContaining('AUTH_SECRET'),
    })
  })
})

describe('the token route', () => {
  test.each(['next-auth.session-token', 'authjs.session-token'])(
    'turns %s into a token that the service takes',
    async (name) => {
      await signIn('u1', name)
      const { status, body } = await askService(await mint())
      expect({ status, body }).toEqual({ status: 200, body: { rooms: [] } })
    },
  )

  test('signs with the derived key alone', async () => {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
    const other = await startTestServer({ env: { AUTH_SECRET: '', PARLOR_TOKEN_SECRET: key } })
    vi.stubEnv('PARLOR_TOKEN_SECRET', key)
    await signIn('u1')
    expect(await askService(await mint(), other.url)).toMatchObject({ status: 200 })
    expect(await askService(await mint())).toMatchObject({ status: 401, body: { error: { code: 'secret_mismatch' } } })
    await other.close()
  })
})

describe('a sign-out', () => {
  test('ends every token of that sign-in, and none of another', async () => {
    const options = withParlor({ providers: [] } as NextAuthOptions)
    const first = await options.callbacks?.jwt?.({ token: { sub: 'u1' }, user: { id: 'u1' }, account: null })
    await signIn('u1', 'next-auth.session-token', { sid: 'another-device' })
    const elsewhere = await mint()
    await signIn('u1', 'next-auth.session-token', { sid: first?.sid })
    const token = await mint()
    expect(await askService(token)).toMatchObject({ status: 200 })

    await options.events?.signOut?.({ token: first ?? {}, session: undefined as never })
    expect(await askService(token)).toMatchObject({ status: 401, body: { error: { code: 'session_revoked' } } })
    expect(await askService(jar.cookies['next-auth.session-token'] ?? '')).toMatchObject({ status: 401 })
    expect(await askService(elsewhere)).toMatchObject({ status: 200 })
  })
})

async function signIn(sub: string, name = 'next-auth.session-token', claims: object = {}): Promise<void> {
  const token = { sub, name: 'Ann', ...claims }
  const { secret } = service
  jar.cookies = {
    [name]: name.includes('authjs') ? await encodeV5({ token, secret, salt: name }) : await encodeV4({ token, secret }),
  }
}

async function mint(): Promise<string> {
  const cookie = Object.entries(jar.cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  const response = await createTokenRoute().POST(
    new Request('http://localhost/api/chat/token', { method: 'POST', headers }),
  )
  expect(response.status).toBe(200)
  return ((await response.json()) as ChatTokenResponse).token
}

async function askService(token: string, url = service.url) {
  const response = await fetch(`${url}/v1/rooms`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, body: await response.json() }
}
