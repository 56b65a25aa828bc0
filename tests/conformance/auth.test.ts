import { createHmac, createSign, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { encode as encodeV4 } from 'next-auth-v4/jwt'
import { encode as encodeV5 } from 'next-auth-v5/jwt'
import { describe, expect, test } from 'vitest'
import { APP_ORIGIN, type Service, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { base64url, mintChatToken, SECRET } from './tokens.ts'

describe('hello', () => {
  test('[AUTH-1] signs in with a chat token', async () => {
    const service = await startService()
    const peer = await service.connect()
    const welcome = await peer.hello(service.token('ann', { claims: { picture: '/ann.png' } }))
    expect(welcome.user).toEqual({ id: 'ann', name: 'Ann', picture: '/ann.png' })
  })

  test('[AUTH-1] the sender, the time and the role are the service’s to say', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.signIn('ann')
    await peer.open('general')
    for (const forged of [{ user: { id: 'bo' } }, { userId: 'bo' }, { createdAt: 1 }, { seq: 9 }, { role: 'owner' }]) {
      const send = { type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: 'x' }
      expect((await peer.refused({ ...send, ...forged })).code).toBe('invalid')
    }
    await peer.say('general', 'x')
    const { message } = await peer.push('message.created')
    expect(message).toMatchObject({ user: { id: 'ann', name: 'Ann' }, createdAt: clock.now() })
    expect((await peer.push('member.joined')).member.role).toBe('member')
  })

  test('[AUTH-2] signs in with the session token of NextAuth.js v4', async () => {
    const service = await startService()
    const token = await encodeV4({ token: { sub: 'ann', name: 'Ann', picture: null }, secret: SECRET })
    expect((await (await service.connect()).hello(token)).user).toEqual({ id: 'ann', name: 'Ann', picture: null })
  })

  test.each(['authjs.session-token', '__Secure-authjs.session-token'])(
    '[AUTH-2] signs in with the session token of Auth.js v5, cookie %s',
    async (salt) => {
      const service = await startService()
      const token = await encodeV5({ token: { sub: 'ann', name: 'Ann' }, secret: SECRET, salt })
      expect((await (await service.connect()).hello(token)).user).toEqual({ id: 'ann', name: 'Ann', picture: null })
    },
  )

  const now = Math.floor(Date.now() / 1000)
  test.each([
    ['token_missing', ''],
    ['token_malformed', 'garbage'],
    ['token_malformed', 'a.b'],
    ['token_malformed', 'x'.repeat(16_385)],
    ['token_malformed', `Bearer ${mintChatToken('ann')}`],
    ['token_malformed', `${mintChatToken('ann')}%E0%A4`],
    ['token_unsupported', mintChatToken('ann', { header: { alg: 'HS512' } })],
    ['secret_mismatch', mintChatToken('ann', { secret: 'another-secret-of-32-bytes-or-more' })],
    ['secret_mismatch', mintChatToken('ann').replace(/\.[^.]+\./, `.${base64url({ sub: 'root', aud: 'parlor' })}.`)],
    ['wrong_audience', mintChatToken('ann', { claims: { aud: 'shop' } })],
    ['wrong_audience', mintChatToken('ann', { claims: { aud: undefined } })],
    ['subject_missing', mintChatToken('ann', { claims: { sub: undefined } })],
    ['subject_missing', mintChatToken('ann', { claims: { sub: '' } })],
    ['subject_missing', mintChatToken('ann', { claims: { sub: 'x'.repeat(256) } })],
    ['subject_missing', mintChatToken('ann', { claims: { sub: { id: 'ann' } } })],
    ['expired', mintChatToken('ann', { claims: { exp: now - 60 } })],
    ['expired', mintChatToken('ann', { claims: { iat: now - 4_000, exp: now + 4_000 } })],
    ['not_yet_valid', mintChatToken('ann', { claims: { nbf: now + 600 } })],
  ])('[AUTH-3] a refused token is answered with %s, then 4401', async (code, token) => {
    const service = await startService()
    const peer = await service.connect()
    const error = await peer.refused({ type: 'hello', token })
    expect(error.code).toBe(code)
    expect(error.retryable).toBe(code === 'expired' || code === 'not_yet_valid')
    expect(await peer.closed).toMatchObject({ code: 4401 })
  })

  test('[AUTH-3] no token at all is token_missing, then 4401', async () => {
    const service = await startService()
    const peer = await service.connect()
    expect((await peer.refused({ type: 'hello' })).code).toBe('token_missing')
    expect(await peer.closed).toMatchObject({ code: 4401 })
  })

  test('[AUTH-3] wrong_salt: the session token of an http app, given to the service of an https one', async () => {
    const service = await startService({ env: { AUTH_URL: 'https://app.example.com' } })
    const token = await encodeV5({ token: { sub: 'ann' }, secret: SECRET, salt: 'authjs.session-token' })
    const peer = await service.connect()
    const error = await peer.refused({ type: 'hello', token })
    expect(error.code).toBe('wrong_salt')
    expect(error.hint).toContain('__Secure-authjs.session-token')
    expect(await peer.closed).toMatchObject({ code: 4401 })
  })

  test('[AUTH-4] alg none, and our secret as the public key of RS256, sign nobody in', async () => {
    const service = await startService()
    const claims = { sub: 'root', aud: 'parlor', iat: now, exp: now + 600 }
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rs256 = `${base64url({ alg: 'RS256', typ: 'parlor-chat+jwt' })}.${base64url(claims)}`
    const key = Buffer.from(hkdfSync('sha256', SECRET, '', 'parlor chat token v1', 32))
    const tokens = [
      `${base64url({ alg: 'none', typ: 'parlor-chat+jwt' })}.${base64url(claims)}.`,
      `${base64url({ alg: 'none' })}.${base64url(claims)}.`,
      `${rs256}.${createSign('sha256').update(rs256).sign(privateKey).toString('base64url')}`,
      `${rs256}.${createHmac('sha256', key).update(rs256).digest('base64url')}`,
    ]
    for (const token of tokens) {
      const peer = await service.connect()
      expect((await peer.refused({ type: 'hello', token })).code).toMatch(/^token_|^secret_mismatch$/)
      expect(await peer.closed).toMatchObject({ code: 4401 })
    }
  })

  test('[AUTH-4] a compressed JWE, and one with a password, are refused by their headers', async () => {
    const service = await startService()
    const [, ...rest] = (await encodeV4({ token: { sub: 'ann' }, secret: SECRET })).split('.')
    const headers = [
      { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
      { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 10_000_000, p2s: 'c2FsdA' },
      { alg: 'dir', enc: 'A128CBC-HS256' },
      { alg: 'RSA-OAEP', enc: 'A256GCM' },
    ]
    for (const header of headers) {
      const peer = await service.connect()
      const token = [base64url(header), ...rest].join('.')
      expect((await peer.refused({ type: 'hello', token })).code).toBe('token_unsupported')
    }
  })

  test('[AUTH-4] Auth.js’ other cookies, encrypted with the same secret, sign nobody in', async () => {
    const service = await startService()
    for (const salt of ['authjs.pkce.code_verifier', 'authjs.state', '__Secure-authjs.nonce']) {
      const token = await encodeV5({ token: { sub: 'ann' }, secret: SECRET, salt })
      const peer = await service.connect()
      expect((await peer.refused({ type: 'hello', token })).code).toBe('secret_mismatch')
    }
    const state = await encodeV4({ token: { sub: 'ann' }, secret: SECRET, salt: 'next-auth.state' })
    expect((await (await service.connect()).refused({ type: 'hello', token: state })).code).toBe('secret_mismatch')
  })

  test('[AUTH-4] an old secret is accepted only while it is listed', async () => {
    const old = 'mV3pXh8yQw2LkR6tZs9uBn4cJf7gDa1E'
    const rotating = await startService({ env: { AUTH_SECRET_1: old } })
    await (await rotating.connect()).hello(mintChatToken('ann', { secret: old }))
    const rotated = await startService()
    const peer = await rotated.connect()
    const error = await peer.refused({ type: 'hello', token: mintChatToken('ann', { secret: old }) })
    expect(error.code).toBe('secret_mismatch')
  })

  test('[AUTH-5] a token is taken until 15 s after its exp', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const seconds = Math.floor(clock.now() / 1000)
    const expiredFor = (age: number) => service.token('ann', { claims: { iat: seconds - 100, exp: seconds - age } })
    await (await service.connect()).hello(expiredFor(14))
    const peer = await service.connect()
    expect((await peer.refused({ type: 'hello', token: expiredFor(16) })).code).toBe('expired')
  })
})

describe('the session goes on', () => {
  test('[AUTH-6] session.refresh moves the end', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.signIn('ann')
    await clock.advance(300_000)
    await peer.command({ type: 'ping' })
    const token = service.token('ann')
    const end = (Math.floor(clock.now() / 1000) + 600) * 1000
    expect(await peer.command({ type: 'session.refresh', token })).toEqual({ expiresAt: end })
    for (let i = 0; i < 29; i++) {
      await clock.advance(20_000)
      await peer.command({ type: 'ping' })
    }
  })

  test('[AUTH-6] a refresh that is refused leaves the connection as it was', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peer = await service.signIn('ann')
    expect((await peer.refused({ type: 'session.refresh', token: 'garbage' })).code).toBe('token_malformed')
    expect((await peer.refused({ type: 'session.refresh', token: '' })).code).toBe('token_missing')
    await peer.say('general', 'still here')
  })

  test('[AUTH-7] a refresh for another user, or another sign-in, ends it with 4403', async () => {
    const service = await startService()
    const other = await service.signIn('ann')
    expect((await other.refused({ type: 'session.refresh', token: service.token('bo') })).code).toBe('user_changed')
    expect(await other.closed).toMatchObject({ code: 4403 })

    const peer = await service.connect()
    await peer.hello(service.token('ann', { claims: { sid: 'one' } }))
    await peer.command({ type: 'session.refresh', token: service.token('ann', { claims: { sid: 'one' } }) })
    const token = service.token('ann', { claims: { sid: 'two' } })
    expect((await peer.refused({ type: 'session.refresh', token })).code).toBe('user_changed')
    expect(await peer.closed).toMatchObject({ code: 4403 })
  })

  test('[AUTH-8] without a refresh it is closed with 4401, 15 s after the end of the token', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock, config: { heartbeatMs: 5_000 } })
    const peer = await service.connect()
    const { expiresAt } = await peer.hello(service.token('ann'))
    while (clock.now() < expiresAt + 14_000) {
      await clock.advance(Math.min(5_000, expiresAt + 14_000 - clock.now()))
      await peer.command({ type: 'ping' })
    }
    await clock.advance(expiresAt + 16_000 - clock.now())
    expect(await peer.closed).toMatchObject({ code: 4401 })
  })

  test('[AUTH-9] a revoked sign-in is closed with 4403, and its tokens are refused; others go on', async () => {
    const service = await startService()
    const sid = 'sign-in-1'
    const [first, second] = [await service.connect(), await service.connect()]
    for (const peer of [first, second]) await peer.hello(service.token('ann', { claims: { sid } }))
    const other = await service.connect()
    await other.hello(service.token('ann', { claims: { sid: 'sign-in-2' } }))
    await service.call('POST', '/v1/sessions/revoke', { body: { sid } })
    for (const peer of [first, second]) expect(await peer.closed).toMatchObject({ code: 4403 })
    const again = await service.connect()
    const error = await again.refused({ type: 'hello', token: service.token('ann', { claims: { sid } }) })
    expect(error.code).toBe('session_revoked')
    expect(await again.closed).toMatchObject({ code: 4403 })
    await other.command({ type: 'ping' })
  })
})

test('[AUTH-3] the log says why, for the developer, and never holds the token', async () => {
  const service = await startService()
  const token = service.token('ann', { secret: 'another-secret-of-32-bytes-or-more' })
  await (await service.connect()).refused({ type: 'hello', token })
  const line = service.log.find((one) => one.includes('secret_mismatch'))
  expect(line).toContain('AUTH_SECRET')
  expect(service.log.join('\n')).not.toContain(token.split('.')[2])
})

test('[AUTH-10] the session cookie signs in only where that is on, and only for a page of an allowed origin', async () => {
  const token = await encodeV5({ token: { sub: 'ann' }, secret: SECRET, salt: '__Secure-authjs.session-token' })
  const cookie = `theme=dark; __Secure-authjs.session-token=${token}`
  const answerTo = async (service: Service, headers: Record<string, string>) => {
    const peer = await service.connect({ headers })
    const { ok, error } = await peer.reply(peer.send({ type: 'hello' }))
    return ok?.user.id ?? error.code
  }
  const on = await startService({ env: { PARLOR_COOKIE_SIGN_IN: 'on', AUTH_URL: APP_ORIGIN } })
  expect(await answerTo(on, { cookie, origin: APP_ORIGIN })).toBe('ann')
  expect(await answerTo(on, { cookie })).toBe('token_missing')
  expect(await answerTo(on, { origin: APP_ORIGIN })).toBe('token_missing')
  expect(await answerTo(on, { cookie: `${cookie}x`, origin: APP_ORIGIN })).toBe('token_malformed')
  const sibling = on.connect({ headers: { cookie, origin: 'https://blog.example.com' } })
  await expect(sibling).rejects.toMatchObject({ status: 403 })
  const off = await startService()
  expect(await answerTo(off, { cookie, origin: APP_ORIGIN })).toBe('token_missing')
})

test('[AUTH-11] a token in the address signs nobody in, and is in no log line', async () => {
  const service = await startService()
  const token = service.token('ann')
  const peer = await service.connect({ path: `/v1/ws?token=${token}` })
  expect((await peer.refused({ type: 'hello' })).code).toBe('token_missing')
  await service.call('GET', `/v1/rooms/general/snapshot?token=${token}`, { token: '' })
  await service.call('GET', `/v1/${token}`, { token })
  await (await service.connect()).hello(token)
  expect(service.log.length).toBeGreaterThan(0)
  expect(service.log.join('\n')).not.toContain(token.split('.')[2])
})
