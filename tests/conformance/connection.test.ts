import { describe, expect, test } from 'vitest'
import { APP_ORIGIN, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { type Peer, UpgradeRefused } from './peer.ts'
import { frame, openRaw, openRawWebSocket, upgradeRequest } from './raw-socket.ts'

describe('the upgrade', () => {
  test('[CONN-1] answers with parlor.v1 when it is among the subprotocols that were offered', async () => {
    const service = await startService()
    expect((await service.connect()).socket.protocol).toBe('parlor.v1')
    expect((await service.connect({ protocols: ['chat.v9', 'parlor.v1'] })).socket.protocol).toBe('parlor.v1')
  })

  test.each([{ protocols: [] }, { protocols: ['parlor.v2'] }, { protocols: ['PARLOR.V1'] }])(
    '[CONN-1] refuses $protocols with 400',
    async ({ protocols }) => {
      const service = await startService()
      expect((await refusal(service.connect({ protocols }))).status).toBe(400)
    },
  )

  test('[CONN-2] is nowhere but at /v1/ws', async () => {
    const service = await startService()
    expect((await service.connect({ path: '/v1/ws?from=here' })).socket.protocol).toBe('parlor.v1')
    for (const path of ['/', '/v1', '/v1/ws/', '/v1/wss', '/v1/rooms/general/snapshot', '/v1/WS']) {
      expect((await refusal(service.connect({ path }))).status).toBe(404)
    }
  })

  test('[CONN-2] refuses what is no upgrade with 426, and what is no GET with 405', async () => {
    const service = await startService()
    const answer = await service.call('GET', '/v1/ws', { token: '' })
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect((await service.call('POST', '/v1/ws', { token: '', body: {} })).status).toBe(405)
    const raw = await openRaw(service.port)
    raw.write(upgradeRequest({ method: 'POST' }))
    expect(await raw.readHead()).toMatch(/^HTTP\/1\.1 405 /)
  })

  test.each([
    ['another version', { 'Sec-WebSocket-Version': '12' }],
    ['a bad key', { 'Sec-WebSocket-Key': 'short' }],
    ['no key', { 'Sec-WebSocket-Key': '' }],
  ])('[CONN-2] refuses %s with 400', async (_, headers) => {
    const service = await startService()
    const raw = await openRaw(service.port)
    raw.write(upgradeRequest({ headers }))
    expect(await raw.readHead()).toMatch(/^HTTP\/1\.1 400 /)
    await raw.ended()
  })

  test('[CONN-2] ends a request whose headers never come with 408, after 5 s', { timeout: 20_000 }, async () => {
    const service = await startService()
    const raw = await openRaw(service.port)
    raw.write('GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\n')
    expect(await raw.readHead()).toMatch(/^HTTP\/1\.1 408 /)
    await raw.ended()
  })

  test('[CONN-2] ends a request whose headers are larger than 16 KiB with 431', async () => {
    const service = await startService()
    const large = await openRaw(service.port)
    large.write(upgradeRequest({ headers: { Cookie: 'x'.repeat(17_000) } }))
    expect(await large.readHead()).toMatch(/^HTTP\/1\.1 431 /)
  })

  test.each([
    'https://evil.example',
    'null',
    `${APP_ORIGIN}.evil.example`,
    `${APP_ORIGIN}:8443`,
    'http://app.example.com',
    'https://sub.app.example.com',
    'https://app.example.com@evil.example',
    'https://APP.example.com',
    'file://',
    ' ',
  ])('[CONN-3] refuses a page of %s with 403, and says which line to add', async (origin) => {
    const service = await startService()
    const refused = await refusal(service.connect({ headers: { origin } }))
    expect(refused.status).toBe(403)
    expect(refused.body).toMatch(/ALLOWED_ORIGINS|without an origin/)
  })

  test('[CONN-3] takes pages of an allowed origin, and clients without one', async () => {
    const service = await startService()
    const page = await service.connect({ headers: { origin: APP_ORIGIN } })
    await page.hello(service.token('ann'))
    const program = await service.connect()
    await program.hello(service.token('ann'))
  })

  test('[CONN-10] negotiates no extension', async () => {
    const service = await startService()
    expect((await service.connect({ offersCompression: true })).socket.extensions).toBe('')
  })

  test('[CONN-10] compresses what is long, where both ends are told to, and says the same to who takes none', async () => {
    const service = await startService({ config: { compressFromBytes: 500 } })
    const [deflated, plain] = [await service.connect({ offersCompression: true }), await service.connect()]
    expect(deflated.socket.extensions).toBe('permessage-deflate')
    expect(plain.socket.extensions).toBe('')
    for (const peer of [deflated, plain]) {
      await peer.hello(service.token('ann'))
      await peer.open('general')
    }
    // What this client compresses is read, too.
    for (let n = 0; n < 20; n++) await deflated.say('general', `${n} ${'the same again '.repeat(100)}`)
    const opened = await deflated.open('general')
    expect(opened.reset.messages).toHaveLength(20)
    await deflated.settle()
    await plain.settle()
    expect(deflated.stream()).toEqual(plain.stream())
    expect(plain.stream('general').filter(({ type }) => type === 'message.created')).toHaveLength(20)
    const [few, many] = [deflated, plain].map((peer) => bytesReadBy(peer))
    expect(few).toBeLessThan((many ?? 0) / 3)
  })

  test('[CONN-10] refuses another window for its frames', async () => {
    const service = await startService({ config: { compressFromBytes: 500 } })
    const headers = { 'sec-websocket-extensions': 'permessage-deflate; server_max_window_bits=10' }
    await expect(service.connect({ headers })).rejects.toMatchObject({ status: 400 })
  })
})

describe('the first frame', () => {
  test('[CONN-4] must come within 10 s', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [silent, quick] = [await service.connect(), await service.signIn('ann')]
    await clock.advance(9_400)
    expect(silent.socket.readyState).toBe(silent.socket.OPEN)
    await clock.advance(1_200)
    expect(await silent.closed).toMatchObject({ code: 4408 })
    await quick.command({ type: 'ping' })
  })

  test.each([
    { type: 'ping' },
    { type: 'room.open', roomId: 'general' },
    { type: 'message.send', roomId: 'general', id: '019e2a7c-6f00-7000-8000-000000000001', text: 'hi' },
    { type: 'session.refresh', token: 'x' },
  ])('[CONN-4] is hello: $type is refused, and the connection closed', async (command) => {
    const service = await startService()
    const peer = await service.connect()
    expect((await peer.refused(command)).code).toBe('hello_required')
    expect(await peer.closed).toMatchObject({ code: 4400 })
  })

  test.each(['', '{', '[]', 'hello', '{"type":"hello"}', '{"type":"hello","ref":1,"token":7}'])(
    '[CONN-4] is no first frame: %s',
    async (text) => {
      const service = await startService()
      const peer = await service.connect()
      peer.sendText(text)
      expect(await peer.closed).toMatchObject({ code: 4400 })
      expect(peer.items).toHaveLength(1)
    },
  )

  test('[CONN-4] may be followed at once by commands, which are answered in their turn', async () => {
    const service = await startService()
    const peer = await service.connect()
    peer.send({ ref: 1, type: 'hello', token: service.token('ann') })
    peer.send({ ref: 2, type: 'ping' })
    peer.send({ ref: 3, type: 'room.open', roomId: 'general' })
    await peer.reply(3)
    expect(peer.items.map((item) => [item.ref, 'ok' in item])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ])
  })

  test('[CONN-4] more than 16 commands before the answer are too many', async () => {
    const service = await startService()
    const hello = JSON.stringify({ type: 'hello', ref: 0, token: service.token('ann') })
    const commands = (count: number) => Array.from({ length: count }, (_, i) => `{"type":"ping","ref":${i + 1}}`)
    // In one piece: all of it is there before the token is verified.
    const [patient, hasty] = [await openRawWebSocket(service.port), await openRawWebSocket(service.port)]
    patient.write(Buffer.concat([hello, ...commands(16)].map((text) => frame(text))))
    const items: { ref: number; ok?: unknown }[] = []
    while (items.length < 17) items.push(...JSON.parse((await patient.readFrame())?.payload.toString() ?? ''))
    expect(items.map(({ ref, ok }) => [ref, ok !== undefined])).toEqual(items.map((_, i) => [i, true]))
    hasty.write(Buffer.concat([hello, ...commands(17)].map((text) => frame(text))))
    expect(await hasty.readClose()).toBe(4400)
  })

  test('[CONN-5] hello comes once', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    expect((await peer.refused({ type: 'hello', token: service.token('bo') })).code).toBe('hello_repeated')
    await peer.command({ type: 'ping' })
  })

  test('[CONN-6] is answered with what holds on this connection', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.connect()
    const welcome = await peer.hello(service.token('ann', { claims: { picture: 'https://example.com/ann.png' } }))
    expect(welcome).toEqual({
      protocol: 2,
      connectionId: expect.stringMatching(/.{8,}/),
      user: { id: 'ann', name: 'Ann', picture: 'https://example.com/ann.png' },
      expiresAt: (Math.floor(clock.now() / 1000) + 600) * 1000,
      serverTime: clock.now(),
      heartbeatMs: 25_000,
      limits: { textChars: 4_000, frameBytes: 65_536, roomsPerConnection: 200, page: 100 },
    })
  })
})

describe('life and end', () => {
  test('[CONN-7] after 25 s without another frame come a ping and []', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.signIn('ann')
    await clock.advance(24_000)
    await peer.command({ type: 'ping' })
    await clock.advance(24_000)
    expect(peer.frames).not.toContain('[]')
    await clock.advance(1_500)
    await peer.until(() => peer.frames.at(-1) === '[]' && peer.pings === 1, 'a heartbeat')
    for (let i = 0; i < 4; i++) {
      await peer.command({ type: 'ping' })
      await clock.advance(25_500)
    }
    await peer.until(() => peer.pings === 5, 'a heartbeat for each silence')
  })

  test('[CONN-7] who answers no ping for 10 s is dropped', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.connect({ answersPings: false })
    await peer.hello(service.token('ann'))
    await clock.advance(25_500)
    await peer.until(() => peer.pings === 1, 'a ping')
    await clock.advance(9_000)
    expect(peer.socket.readyState).toBe(peer.socket.OPEN)
    await clock.advance(1_500)
    expect(await peer.closed).toMatchObject({ code: 1006 })
  })

  test('[CONN-8] ping is answered with the clock of the service', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.signIn('ann')
    await clock.advance(1_234)
    expect(await peer.command({ type: 'ping' })).toEqual({ serverTime: clock.now() })
  })

  test('[CONN-9] a service that stops says when to come back, to each something else, and closes with 1012', async () => {
    const service = await startService()
    const peers = await Promise.all(Array.from({ length: 20 }, (_, i) => service.signIn(`user-${i}`)))
    const closing = service.close(100)
    const waits = await Promise.all(
      peers.map(async (peer) => {
        const { reconnectAfterMs } = await peer.push('connection.draining')
        expect(await peer.closed).toMatchObject({ code: 1012 })
        return reconnectAfterMs as number
      }),
    )
    await closing
    expect(waits.every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true)
    expect(new Set(waits).size).toBeGreaterThan(1)
  })

  test('[CONN-9] a service that stops has answered what it took', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    const ref = peer.send({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: 'last words' })
    const reply = peer.reply(ref)
    await peer.command({ type: 'ping' })
    void service.close(0)
    expect((await reply).ok).toMatchObject({ seq: 3 })
  })
})

async function refusal(connecting: Promise<unknown>): Promise<UpgradeRefused> {
  const error = await connecting.then(
    () => new Error('the upgrade was taken'),
    (reason: unknown) => reason,
  )
  if (error instanceof UpgradeRefused) return error
  throw error
}

/** Off the wire. */
function bytesReadBy({ socket }: Peer): number {
  return (socket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead
}
