import type { CheckResult } from '@parlor/protocol'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ChatError } from './errors.ts'
import { settle } from './testing/fake-clock.ts'
import { createFakeClient } from './testing/fake-runtime.ts'
import { ADA, BOB, opened, welcome } from './testing/rows.ts'
import { signedToken } from './testing/tokens.ts'
import { webSocketTransport } from './transport.ts'
import type { TokenResult } from './types.ts'

describe('connection', () => {
  test('nothing connects, and nothing is listened to, before it is asked for', () => {
    const { client, network, clock } = createFakeClient()
    client.room('general').subscribe(() => {})
    expect(client.getSnapshot()).toEqual({ status: 'idle', error: null, user: null, retryAt: null })
    expect([network.sockets.length, clock.waiting]).toEqual([0, 0])
  })

  test('it says hello with the token and is live when the service welcomes it', async () => {
    const { client, network, statuses, welcomeNow } = setUp()
    client.connect()
    client.connect()
    await welcomeNow()
    expect(network.sockets).toHaveLength(1)
    expect(network.socket).toMatchObject({ url: 'wss://chat.test/v1/ws', subprotocol: 'parlor.v1' })
    expect(network.socket.sent).toEqual([{ type: 'hello', ref: 1, token: 'token', client: '@parlor/client/0.1.0' }])
    expect(statuses).toEqual(['connecting', 'live'])
    expect(client.getSnapshot().user).toEqual(ADA)
  })

  test('after a break it says what it has, and is live when every room is answered for', async () => {
    const { client, network, clock, statuses, welcomeNow, openNow } = setUp()
    client.room('general').open()
    await welcomeNow()
    await openNow(opened(5, []))
    network.socket.end(1006)
    expect(client.getSnapshot()).toMatchObject({ status: 'offline', error: { code: 'connection_lost' } })
    expect(client.getSnapshot().retryAt).toBe(clock.now() + 250)
    await clock.advance(250)
    network.socket.accept()
    expect(network.socket.last('hello').rooms).toEqual([{ roomId: 'general', epoch: 'e1', seq: 5 }])
    network.socket.say({ ref: 1, ok: welcome() })
    expect(client.getSnapshot().status).toBe('catching-up')
    const { reset: _, ...room } = opened(5, [])
    network.socket.say({ type: 'room.opened', ...room, range: { from: 5, to: 5, members: [], messages: [] } })
    expect(statuses.slice(-5)).toEqual(['live', 'offline', 'connecting', 'catching-up', 'live'])
  })

  test('a room that the service forgets to answer for is asked for again', async () => {
    const { client, network, clock, welcomeNow, openNow } = setUp()
    client.room('general').open()
    await welcomeNow()
    await openNow(opened(5, []))
    network.socket.end(1006)
    await clock.advance(250)
    await welcomeNow()
    await clock.advance(10_000)
    expect(network.socket.last('room.open').since).toEqual({ epoch: 'e1', seq: 5 })
    await openNow(opened(5, []))
    expect(client.getSnapshot().status).toBe('live')
  })

  test('tries move apart, to half a minute, until one lasts', async () => {
    const { client, network, clock } = setUp()
    client.connect()
    const waits: number[] = []
    for (let i = 0; i < 8; i++) {
      await settle()
      network.socket.end(1006)
      await settle()
      const waitMs = (client.getSnapshot().retryAt ?? 0) - clock.now()
      waits.push(waitMs)
      await clock.advance(waitMs)
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  })

  test('a connection that lasted starts the backoff anew, one that broke at once does not', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    const waitAfter = async (aliveMs: number): Promise<number> => {
      await welcomeNow()
      await clock.advance(aliveMs)
      network.socket.end(1006)
      const waitMs = (client.getSnapshot().retryAt ?? 0) - clock.now()
      await clock.advance(waitMs)
      return waitMs
    }
    expect([await waitAfter(0), await waitAfter(0), await waitAfter(6_000)]).toEqual([250, 500, 250])
  })

  test.each([1001, 1006, 1012, 1013, 4408, 4430, 3999])('%i reconnects', async (code) => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    network.socket.end(code)
    await clock.advance(250)
    expect(network.sockets).toHaveLength(2)
  })

  test.each([
    [1000, 'connection_closed'],
    [1002, 'connection_closed'],
    [1007, 'connection_closed'],
    [1008, 'connection_closed'],
    [1009, 'connection_closed'],
    [4400, 'connection_closed'],
    [4403, 'session_revoked'],
    [4406, 'version_unsupported'],
    [4999, 'connection_closed'],
  ] as const)('%i is final: %s', async (code, error) => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    network.socket.end(code, 'why')
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: error, retryable: false } })
    await clock.advance(600_000)
    expect([network.sockets.length, clock.waiting]).toEqual([1, 0])
  })

  test('4429 waits as long as the error before it says', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    const error = { code: 'rate_limited', message: 'slow down', retryable: true, retryAfterMs: 7_000 } as const
    network.socket.say({ type: 'error', error })
    network.socket.end(4429)
    expect(client.getSnapshot()).toMatchObject({ error: { code: 'rate_limited' }, retryAt: clock.now() + 7_000 })
  })

  test('[LIMIT-8] who is turned away before the welcome comes back when the service says, each time', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    for (const retryAfterMs of [700, 12_345, 900]) {
      await settle()
      network.socket.accept()
      const error = { code: 'rate_limited', message: 'not now', retryable: true, retryAfterMs } as const
      network.socket.say({ type: 'error', error })
      network.socket.end(1013)
      expect(client.getSnapshot()).toMatchObject({ status: 'offline', retryAt: clock.now() + retryAfterMs })
      const before = network.sockets.length
      await clock.advance(retryAfterMs - 1)
      expect(network.sockets).toHaveLength(before)
      await clock.advance(1)
      expect(network.sockets).toHaveLength(before + 1)
    }
    await welcomeNow()
    expect(client.getSnapshot().status).toBe('live')
  })

  test('a draining service says when to come back', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    network.socket.say({ type: 'connection.draining', reconnectAfterMs: 1_234 })
    network.socket.end(1012)
    expect(client.getSnapshot().retryAt).toBe(clock.now() + 1_234)
  })

  test('[CONN-9] a client that is asked back at once waits for no timer: a hidden page’s would be late', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    network.socket.say({ type: 'connection.draining', reconnectAfterMs: 0 })
    network.socket.end(1001)
    expect(client.getSnapshot()).toMatchObject({ status: 'connecting', retryAt: null })
    await settle()
    expect([network.sockets.length, clock.waiting]).toEqual([2, 1])
  })

  test('an expired token is renewed once, and the connection goes on', async () => {
    const { client, network, tokens, statuses, welcomeNow } = setUp(['old', 'new'])
    client.connect()
    await welcomeNow()
    network.socket.end(4401)
    await welcomeNow()
    expect(tokens).toEqual([])
    expect(network.socket.last('hello').token).toBe('new')
    expect(statuses.slice(-3)).toEqual(['expired', 'connecting', 'live'])
  })

  test('new tokens that are refused for their time: tried for a while, for a clock may be set right', async () => {
    const { client, network, clock, welcomeNow } = setUp(Array.from({ length: 8 }, (_, at) => `token-${at}`))
    client.connect()
    await welcomeNow()
    network.socket.end(4401)
    const refuse = async (): Promise<void> => {
      await settle()
      network.socket.accept()
      network.socket.say({ ref: 1, error: { code: 'expired', message: 'expired', retryable: true } })
    }
    for (let n = 2; n <= 5; n++) {
      await refuse()
      expect(client.getSnapshot()).toMatchObject({ status: 'expired', error: { code: 'expired' } })
      await clock.advance(8_000)
    }
    await refuse()
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'expired' } })
    expect(client.getSnapshot().error?.hint).toMatch(/clocks/)
    expect(network.sockets).toHaveLength(6)
  })

  test('a clock that is set right between two refusals costs nobody the session', async () => {
    const { client, network, clock, welcomeNow } = setUp(['old', 'from ahead', 'right'])
    client.connect()
    await welcomeNow()
    network.socket.end(4401)
    await settle()
    network.socket.accept()
    network.socket.say({ ref: 1, error: { code: 'not_yet_valid', message: 'not yet', retryable: true } })
    await clock.advance(1_000)
    await welcomeNow()
    expect(client.getSnapshot()).toMatchObject({ status: 'live', error: null })
  })

  test('a refused token says why and is not tried again until somebody asks', async () => {
    const { client, network, clock, welcomeNow } = setUp(['bad', 'good'])
    client.connect()
    await settle()
    network.socket.accept()
    const hint = 'Give the service the same NEXTAUTH_SECRET.'
    network.socket.say({ ref: 1, error: { code: 'secret_mismatch', message: 'no', retryable: false, hint } })
    network.socket.end(4401)
    await clock.advance(600_000)
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'secret_mismatch', hint } })
    client.retry()
    await welcomeNow()
    expect(client.getSnapshot()).toMatchObject({ status: 'live', error: null })
    expect(network.socket.last('hello').token).toBe('good')
  })

  test('an upgrade that is refused is explained by the service’s check', async () => {
    const result: CheckResult = {
      ...{ ok: false, serverTime: 1, protocols: ['parlor.v1'] },
      ...{ code: 'origin_refused', hint: 'ALLOWED_ORIGINS=https://app.test' },
    }
    const urls: string[] = []
    const fetch = async (url: string): Promise<Response> => {
      urls.push(url)
      return Response.json(result)
    }
    const { client, network } = createFakeClient({ runtime: { fetch } })
    client.connect()
    await settle()
    network.socket.end(1006)
    await settle()
    expect(urls).toEqual(['https://chat.test/v1/check'])
    expect(client.getSnapshot()).toMatchObject({
      ...{ status: 'denied', retryAt: null },
      ...{ error: { code: 'origin_refused', hint: 'ALLOWED_ORIGINS=https://app.test' } },
    })
  })

  test('a service that can’t be reached is tried again, and checked only now and then', async () => {
    let checks = 0
    const fetch = async (): Promise<Response> => {
      checks += 1
      throw new TypeError('no network')
    }
    const { client, network, clock } = createFakeClient({ runtime: { fetch } })
    client.connect()
    for (let i = 0; i < 8; i++) {
      await settle()
      network.socket.end(1006)
      await settle()
      expect(client.getSnapshot()).toMatchObject({ status: 'offline', error: { code: 'connection_failed' } })
      await clock.advance(15_000)
    }
    expect(checks).toBe(2)
  })

  test('silence beyond the heartbeat is a break, and a heartbeat is no silence', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    await clock.advance(30_000)
    network.socket.say()
    await clock.advance(34_999)
    expect(client.getSnapshot().status).toBe('live')
    await clock.advance(1)
    expect(client.getSnapshot().status).toBe('offline')
    expect(network.socket.closedWith).toBe(1000)
  })

  test('a service that accepts and never welcomes is left for another try', async () => {
    const { client, network, clock } = setUp()
    client.connect()
    await settle()
    network.socket.accept()
    await clock.advance(15_250)
    expect(network.sockets).toHaveLength(2)
    expect(client.getSnapshot().status).toBe('connecting')
  })

  test.each(['visible', 'online', 'offline', 'resume'] as const)(
    '%s asks whether a live connection lives',
    async (signal) => {
      const chat = setUp()
      chat.client.connect()
      await chat.welcomeNow()
      chat.signal(signal)
      expect(chat.network.socket.all('ping')).toHaveLength(1)
      await chat.clock.advance(3_999)
      expect(chat.client.getSnapshot().status).toBe('live')
      await chat.clock.advance(1)
      expect(chat.client.getSnapshot().status).toBe('offline')
    },
  )

  test.each(['visible', 'online'] as const)('%s skips the backoff', async (signal) => {
    const chat = setUp()
    chat.client.connect()
    await chat.welcomeNow()
    chat.network.socket.end(1006)
    chat.signal(signal)
    await settle()
    expect(chat.network.sockets).toHaveLength(2)
  })

  test('a page that is put away closes its socket, and comes back when it is shown', async () => {
    const { client, network, clock, signal, welcomeNow } = setUp()
    client.connect()
    await welcomeNow()
    signal('suspend')
    expect(network.socket.closedWith).toBe(1000)
    await clock.advance(600_000)
    expect(network.sockets).toHaveLength(1)
    signal('resume')
    await welcomeNow()
    expect(client.getSnapshot().status).toBe('live')
  })

  test('a user other than the page’s is refused', async () => {
    const { client, welcomeNow } = createFakeClient({ userId: 'bob' })
    client.connect()
    await welcomeNow()
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'user_changed' }, user: null })
  })

  test('a null user never connects', async () => {
    const { client, network } = createFakeClient({ userId: null })
    client.connect()
    client.room('general').open()
    await settle()
    expect([client.getSnapshot().status, network.sockets.length]).toEqual(['idle', 0])
  })

  test('disconnecting is idle until the next connect', async () => {
    const { client, network, clock, welcomeNow, countListeners } = setUp()
    client.connect()
    await welcomeNow()
    client.disconnect()
    await clock.advance(600_000)
    expect([client.getSnapshot().status, network.socket.closedWith, network.sockets.length]).toEqual(['idle', 1000, 1])
    expect(countListeners()).toBe(0)
    client.connect()
    await welcomeNow()
    expect(client.getSnapshot().status).toBe('live')
    expect(countListeners()).toBe(1)
  })

  test('destroying ends timers, listeners and promises', async () => {
    const chat = setUp()
    const sent = chat.client.room('general').send('hi')
    const rooms = chat.client.listRooms()
    await chat.welcomeNow()
    expect(chat.countListeners()).toBe(1)
    chat.client.destroy()
    await expect(sent).rejects.toMatchObject({ code: 'client_closed' })
    await expect(rooms).rejects.toMatchObject({ code: 'client_closed' })
    await expect(chat.client.room('other').send('hi')).rejects.toMatchObject({ code: 'client_closed' })
    chat.client.connect()
    await settle()
    expect([chat.clock.waiting, chat.countListeners(), chat.network.sockets.length]).toEqual([0, 0, 1])
  })

  test('a token that arrives after the disconnect opens nothing', async () => {
    let give: (token: string) => void = () => {}
    const getToken = (): Promise<TokenResult> =>
      new Promise((resolve) => {
        give = resolve
      })
    const { client, network } = createFakeClient({ getToken })
    client.connect()
    client.disconnect()
    give('late')
    await settle()
    expect(network.sockets).toHaveLength(0)
  })

  test('an address that the browser refuses is denied, not thrown', async () => {
    const transport = {
      open(): never {
        throw new DOMException('mixed content', 'SecurityError')
      },
    }
    const { client } = createFakeClient({ runtime: { transport } })
    client.connect()
    await settle()
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'address_refused' } })
  })

  test('a runtime without WebSocket is told as that, with what has one', async () => {
    vi.stubGlobal('WebSocket', undefined)
    onTestFinished(() => void vi.unstubAllGlobals())
    const { client } = createFakeClient({ runtime: { transport: webSocketTransport } })
    client.connect()
    await settle()
    const { status, error } = client.getSnapshot()
    expect([status, error?.code, error?.message]).toEqual([
      'denied',
      'websocket_missing',
      expect.stringContaining('22'),
    ])
  })

  test('another user on the same client gets nothing of the first', async () => {
    const { client, network, clock, welcomeNow, openNow } = setUp()
    const room = client.room('general')
    room.open()
    await welcomeNow()
    await openNow(opened(5, []))
    network.socket.end(1006)
    const sent = room.send('from Ada')
    await clock.advance(250)
    await welcomeNow({ user: BOB })
    await expect(sent).rejects.toMatchObject({ code: 'user_changed' })
    expect(room.getSnapshot()).toMatchObject({ messages: [], room: null, me: null, user: BOB })
    expect(network.socket.all('message.send')).toEqual([])
    expect(network.socket.last('room.open')).not.toHaveProperty('since')
  })
})

describe('renewal', () => {
  test('a token is renewed in band at about half of its life', async () => {
    const { client, network, clock, tokens, welcomeNow } = setUp(['one', 'two', 'three'])
    client.connect()
    await welcomeNow({ expiresAt: 601_000, serverTime: 1_000 })
    await clock.advance(0)
    keepAlive(network, clock)
    await clock.advance(329_999)
    expect(network.socket.all('session.refresh')).toHaveLength(0)
    await clock.advance(1)
    expect(network.socket.last('session.refresh')).toMatchObject({ token: 'two' })
    network.socket.say({ ref: network.socket.last('session.refresh').ref, ok: { expiresAt: 331_000 + 600_000 } })
    await clock.advance(330_000)
    expect([network.socket.last('session.refresh').token, tokens]).toEqual(['three', []])
    expect(network.sockets).toHaveLength(1)
  })

  test('a life that is over already is renewed, but not in a hot loop', async () => {
    const { client, network, clock, welcomeNow } = setUp()
    client.connect()
    await welcomeNow({ expiresAt: 0, serverTime: 1_000 })
    expect(network.socket.all('session.refresh')).toHaveLength(0)
    await clock.advance(1_000)
    network.socket.say({ ref: network.socket.last('session.refresh').ref, ok: { expiresAt: 0 } })
    await clock.advance(999)
    expect(network.socket.all('session.refresh')).toHaveLength(1)
  })

  test('an app that fails is asked again until the session itself ends', async () => {
    const failing = new ChatError('token_route_failed')
    const { client, network, clock, welcomeNow } = setUp(['one', failing, failing, 'two'])
    client.connect()
    await welcomeNow()
    keepAlive(network, clock)
    await clock.advance(330_000 + 1_250 + 1_500)
    expect(network.socket.last('session.refresh')).toMatchObject({ token: 'two' })
    expect(client.getSnapshot().status).toBe('live')
  })

  test('a person who signed out is denied at the next renewal', async () => {
    const { client, network, clock, welcomeNow } = setUp(['one', null])
    client.connect()
    await welcomeNow()
    keepAlive(network, clock)
    await clock.advance(330_000)
    expect(client.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'signed_out' } })
    expect(network.socket.closedWith).toBe(1000)
  })

  test('an app that fails while the session is expired is tried until it answers', async () => {
    const failing = new ChatError('token_route_failed')
    const { client, network, clock, statuses, welcomeNow } = setUp(['one', failing, failing, 'two'])
    client.connect()
    await welcomeNow()
    network.socket.end(4401)
    await settle()
    expect(client.getSnapshot()).toMatchObject({ status: 'expired', error: { code: 'token_route_failed' } })
    await clock.advance(250 + 500)
    await welcomeNow()
    expect(statuses.slice(-3)).toEqual(['expired', 'connecting', 'live'])
  })
})

/** Heartbeats, so that nothing but the token ends the session. */
function keepAlive(
  network: ReturnType<typeof createFakeClient>['network'],
  clock: ReturnType<typeof createFakeClient>['clock'],
): void {
  network.socket.say()
  clock.after(20_000, () => keepAlive(network, clock))
}

function setUp(tokens: (TokenResult | ChatError)[] = []) {
  const getToken = (): TokenResult => {
    const next = tokens.length > 0 ? tokens.shift() : 'token'
    if (next instanceof ChatError) throw next
    return next ?? null
  }
  const chat = createFakeClient({ getToken })
  const statuses: string[] = []
  chat.client.subscribe(() => {
    const { status } = chat.client.getSnapshot()
    if (statuses.at(-1) !== status) statuses.push(status)
  })
  return { ...chat, tokens, statuses }
}

test.each([
  ['nobody knows', 'opaque', undefined, undefined],
  ['the app', 'opaque', 'ada', '["ada"]'],
  ['the token', signedToken({ sub: 'ada' }), undefined, '["ada"]'],
  ['the token, with the sign-in', signedToken({ sub: 'ada', sid: 's1' }), 'ada', '["ada","s1"]'],
  ['the app and the token, each another', signedToken({ sub: 'bob' }), 'ada', undefined],
])('whose a socket is: %s', async (_who, token, userId, expected) => {
  const { client, network } = createFakeClient({ getToken: () => token, ...(userId && { userId }) })
  client.connect()
  await settle()
  expect(network.socket.who).toBe(expected)
})
