import { describe, expect, test } from 'vitest'
import { createFakeClock } from './testing/fake-clock.ts'
import { createTokenSource } from './token.ts'
import type { ChatClientOptions } from './types.ts'

describe('token source', () => {
  test('the route is asked with POST and cookies, and no redirect is followed', async () => {
    const { source, requests } = setUp(() => json({ token: 't', expiresAt: 2_000_000 }))
    expect(await source.get()).toBe('t')
    expect(requests).toMatchObject([
      ['/api/chat/token', { method: 'POST', credentials: 'same-origin', redirect: 'manual', cache: 'no-store' }],
    ])
  })

  test('a token is kept while it is good, and fetched anew when it ends or was refused', async () => {
    const { source, requests, clock } = setUp(() => json({ token: 't', expiresAt: clock.now() + 60_000 }))
    await Promise.all([source.get(), source.get()])
    await source.get()
    expect(requests).toHaveLength(1)
    source.invalidate()
    await source.get()
    expect(requests).toHaveLength(2)
    await clock.advance(50_000)
    await source.get()
    expect(requests).toHaveLength(3)
  })

  test('the service’s own word on the life counts, whatever the app’s clock says', async () => {
    const { source, requests, clock } = setUp(() => json({ token: 't', expiresAt: 5 }))
    await source.get()
    source.accepted(60_000)
    await clock.advance(49_999)
    await source.get()
    expect(requests).toHaveLength(1)
  })

  test.each<[string, () => Response | Promise<Response>, string, boolean]>([
    ['401', () => json({}, 401), 'signed_out', false],
    ['403', () => json({}, 403), 'token_route_refused', false],
    ['404', () => html(404), 'token_route_missing', false],
    ['405', () => new Response(null, { status: 405 }), 'token_route_missing', false],
    ['429', () => json({}, 429), 'token_route_failed', true],
    ['503', () => html(503), 'token_route_failed', true],
    ['no network', () => Promise.reject(new TypeError('fetch failed')), 'token_route_failed', true],
    ['broken JSON', () => new Response('{', { headers: JSON_HEADERS }), 'token_route_failed', true],
    [
      'a redirect',
      () => new Response(null, { status: 307, headers: { location: '/' } }),
      'token_route_redirected',
      false,
    ],
    ['a page', () => html(200), 'token_route_redirected', false],
    ['JSON without a token', () => json({ ok: true }), 'token_route_invalid', false],
    ['JSON null', () => json(null), 'token_route_invalid', false],
  ])('%s has its own code', async (_title, answer, code, retryable) => {
    const { source } = setUp(answer)
    await expect(source.get()).rejects.toMatchObject({ code, retryable })
  })

  test('what the route says about its refusal reaches the developer', async () => {
    const { source } = setUp(() => json({ hint: 'Set AUTH_SECRET.' }, 500))
    await expect(source.get()).rejects.toMatchObject({ hint: 'Set AUTH_SECRET.' })
  })

  test('a route that never answers is given up and tried again later', async () => {
    const { source, clock } = setUp(
      (init) => new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    )
    const token = source.get()
    const caught = token.catch((error: unknown) => error)
    await clock.advance(15_000)
    expect(await caught).toMatchObject({ code: 'token_route_failed' })
  })

  test('getToken may give a string, an object, or null for signed out', async () => {
    expect(await setUp(undefined, { getToken: () => 'a' }).source.get()).toBe('a')
    expect(await setUp(undefined, { getToken: async () => ({ token: 'b' }) }).source.get()).toBe('b')
    await expect(setUp(undefined, { getToken: () => null }).source.get()).rejects.toMatchObject({ code: 'signed_out' })
  })

  test('getToken that throws is tried again', async () => {
    const getToken = (): never => {
      throw new Error('down')
    }
    await expect(setUp(undefined, { getToken }).source.get()).rejects.toMatchObject({ code: 'token_route_failed' })
  })

  test('no token route: the session cookie signs in', async () => {
    expect(await setUp(undefined, { tokenUrl: null }).source.get()).toBeUndefined()
  })
})

const JSON_HEADERS = { 'content-type': 'application/json' }

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: JSON_HEADERS })
}

function html(status: number): Response {
  return new Response('<!doctype html>', { status, headers: { 'content-type': 'text/html' } })
}

function setUp(
  answer: (init: RequestInit) => Response | Promise<Response> = () => json({}),
  options: Partial<ChatClientOptions> = {},
) {
  const clock = createFakeClock()
  const requests: [string, RequestInit][] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    requests.push([url, init])
    return await answer(init)
  }
  return { source: createTokenSource({ url: 'https://chat.test', ...options }, { fetch, clock }), requests, clock }
}
