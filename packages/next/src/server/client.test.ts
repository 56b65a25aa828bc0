import { ChatError } from '@parlor/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Asked, type Reply, readToken, startService } from '../service.contract.ts'
import { createServerClient } from './client.ts'
import { chat } from './index.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'

beforeEach(() => {
  vi.stubEnv('AUTH_SECRET', secret)
  for (const name of ['NEXTAUTH_SECRET', 'PARLOR_TOKEN_SECRET', 'PARLOR_URL', 'NEXT_PUBLIC_PARLOR_URL'])
    vi.stubEnv(name, '')
})

afterEach(() => vi.unstubAllEnvs())

describe('the app’s server', () => {
  it('makes rooms and members, sends, and signs out, each with a token of its own', async () => {
    const service = await start(() => ({ body: { head: 1 } }))
    await chat.rooms.upsert({ id: 'order-1', kind: 'private', name: 'Order 1', members: [{ id: 'u1', role: 'owner' }] })
    await chat.members.add('order-1', 'u2')
    await chat.members.add('order-1', { id: 'auth0|3/x', name: 'Cy' }, 'moderator')
    await chat.members.remove('order-1', 'auth0|3/x')
    await chat.messages.send('order-1', {
      id: '0192f0c1-0000-7000-8000-000000000000',
      user: { id: 'u1' },
      text: 'Hi',
      data: { a: 1 },
    })
    await chat.sessions.revoke('s1')
    expect(service.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['PUT', '/v1/rooms/order-1', { kind: 'private', name: 'Order 1', members: [{ id: 'u1', role: 'owner' }] }],
      ['PUT', '/v1/rooms/order-1/members/u2', {}],
      ['PUT', '/v1/rooms/order-1/members/auth0%7C3%2Fx', { name: 'Cy', role: 'moderator' }],
      ['DELETE', '/v1/rooms/order-1/members/auth0%7C3%2Fx', undefined],
      [
        'POST',
        '/v1/rooms/order-1/messages',
        { id: '0192f0c1-0000-7000-8000-000000000000', user: { id: 'u1' }, text: 'Hi', data: { a: 1 } },
      ],
      ['POST', '/v1/sessions/revoke', { sid: 's1' }],
    ])
    for (const { token } of service.asked) {
      const claims = await readToken(token, secret)
      expect(claims).toEqual({
        typ: 'parlor-server+jwt',
        aud: 'parlor',
        iat: expect.any(Number),
        exp: expect.any(Number),
      })
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60)
    }
  })

  it('returns what the service answers', async () => {
    await start(() => ({ body: { id: 'm1', seq: 7 } }))
    expect(await chat.messages.send('general', { user: { id: 'u1' }, text: 'Hi' })).toEqual({ id: 'm1', seq: 7 })
  })

  it('gets the service’s own errors', async () => {
    const error = { code: 'room_not_found', message: 'No.', retryable: false, hint: 'Make it first.', field: 'roomId' }
    const service = await start(() => ({ status: 404, body: { error } }))
    const thrown = await chat.members.add('x', 'u1').catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(ChatError)
    expect(thrown).toMatchObject({ code: 'room_not_found', message: 'No.', hint: 'Make it first.', field: 'roomId' })
    expect(service.asked).toHaveLength(1)
  })

  it('repeats what didn’t arrive once, under the same id', async () => {
    let calls = 0
    const error = { code: 'unavailable', message: 'Later.', retryable: true }
    const service = await start(() =>
      ++calls === 1 ? { status: 503, body: { error } } : { body: { id: 'm1', seq: 1 } },
    )
    await chat.messages.send('general', { user: { id: 'u1' }, text: 'Hi' })
    const ids = service.asked.map(({ body }) => (body as { id: string }).id)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(ids[1]).toBe(ids[0])
  })

  it('is told when the service can’t be reached, doesn’t answer, or is another', async () => {
    const gone = createServerClient({ url: 'http://127.0.0.1:9' })
    await expect(gone.sessions.revoke('s1')).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    const silent = await startService(() => ({ silent: true }))
    const impatient = createServerClient({ url: silent.url, timeoutMs: 50 })
    await expect(impatient.sessions.revoke('s1')).rejects.toMatchObject({ code: 'timeout' })
    expect(silent.asked).toHaveLength(1)
    await start(() => ({ status: 404, body: '<html>Not here</html>', headers: { 'content-type': 'text/html' } }))
    await expect(chat.sessions.revoke('s1')).rejects.toMatchObject({
      code: 'internal',
      hint: 'Is PARLOR_URL its address?',
    })
    await start(() => ({ status: 502, body: 'Bad gateway' }))
    await expect(chat.sessions.revoke('s1')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is told which setting is missing', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect(chat.sessions.revoke('s1')).rejects.toThrow('PARLOR_URL is not set.')
    vi.stubEnv('AUTH_SECRET', '')
    vi.stubEnv('PARLOR_URL', 'http://127.0.0.1:9')
    await expect(chat.sessions.revoke('s1')).rejects.toMatchObject({ hint: expect.stringContaining('AUTH_SECRET') })
  })

  it('takes address and secret from code, where there are several services', async () => {
    const service = await startService()
    await createServerClient({ url: service.url, secret: 'another' }).sessions.revoke('s1')
    expect(await readToken(service.asked[0]?.token ?? '', 'another')).toMatchObject({ typ: 'parlor-server+jwt' })
  })
})

async function start(reply: (request: Asked) => Reply) {
  const service = await startService(reply)
  vi.stubEnv('PARLOR_URL', service.url)
  return service
}
