import { uuidv7 } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { APP_ORIGIN, onEveryStore, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'

describe('for pages', () => {
  test('[HTTP-1] /v1/check says why a page is refused, to any page, and nothing secret', async () => {
    const service = await startService()
    const check = async (origin?: string) =>
      service.call('GET', '/v1/check', { token: '', headers: origin ? { origin } : {} })
    const refused = await check('https://evil.example')
    expect(refused.status).toBe(200)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(refused.body).toEqual({
      ok: false,
      code: 'origin_refused',
      hint: expect.stringContaining('https://evil.example'),
      serverTime: expect.any(Number),
      protocols: ['parlor.v1'],
    })
    for (const origin of [APP_ORIGIN, undefined]) {
      expect((await check(origin)).body).toEqual({ ok: true, serverTime: expect.any(Number), protocols: ['parlor.v1'] })
    }
    expect(JSON.stringify(refused.body)).not.toContain(APP_ORIGIN)
  })

  test('[HTTP-1] while the service drains, /v1/check and /readyz say so, and upgrades are refused with 503', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    await Promise.all(['ann', 'bo'].map((id) => service.signIn(id)))
    const closing = service.close(10_000)
    expect((await service.call('GET', '/v1/check', { token: '' })).body).toMatchObject({ ok: false, code: 'draining' })
    expect((await service.call('GET', '/readyz', { token: '' })).status).toBe(503)
    expect((await service.call('GET', '/healthz', { token: '' })).status).toBe(200)
    await expect(service.connect()).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    await clock.advance(10_000)
    await closing
  })

  test('[HTTP-7] no other route has CORS, and what one user reads is not kept', async () => {
    const service = await startService()
    const origin = 'https://evil.example'
    for (const [method, path] of [
      ['GET', '/v1/rooms/general/snapshot'],
      ['OPTIONS', '/v1/rooms/general/snapshot'],
      ['PUT', '/v1/rooms/general'],
      ['GET', '/metrics'],
    ] as const) {
      const answer = await service.call(method, path, { token: service.token('ann'), headers: { origin } })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    const snapshot = await service.call('GET', '/v1/rooms/general/snapshot', { token: service.token('ann') })
    expect(snapshot.headers.get('cache-control')).toBe('private, no-store')
    expect(snapshot.headers.get('x-content-type-options')).toBe('nosniff')
    expect(snapshot.headers.get('x-powered-by')).toBeNull()
  })
})

onEveryStore((store) => {
  test('[HTTP-2] the snapshot is what room.open answers, and room.open goes on from it', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    const ann = await service.signIn('ann')
    for (let i = 0; i < 5; i++) await ann.say('team', `${i}`)
    const { status, body } = await service.call('GET', '/v1/rooms/team/snapshot?limit=3', {
      token: service.token('ann'),
    })
    expect(status).toBe(200)
    const { roomId, epoch, head, me, reset } = await ann.open('team', { limit: 3 })
    const { reason: _, ...rows } = reset
    const user = { id: 'ann', name: 'Ann', picture: null }
    expect(body).toEqual({ roomId, epoch, head, me, user, ...rows })
    const { seq } = await ann.say('team', 'later')
    const since = { epoch: body.epoch, seq: body.head, newest: body.messages.at(-1) }
    const resumed = await ann.open('team', {
      since: { ...since, newest: { seq: since.newest.seq, id: since.newest.id } },
    })
    expect(resumed.range).toMatchObject({ from: head, to: seq })
  })

  test('[HTTP-2] GET /v1/rooms is room.list', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    const { body } = await service.call('GET', '/v1/rooms', { token: service.token('ann') })
    expect(body).toEqual(await (await service.signIn('ann')).command({ type: 'room.list' }))
  })

  test('[HTTP-3] errors have the status of their kind', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    const id = uuidv7()
    const post = (body: unknown) => service.call('POST', '/v1/rooms/team/messages', { body })
    await post({ id, user: { id: 'ann' }, text: 'hi' })
    const bo = { token: service.token('bo') }
    const answers = {
      noToken: await service.call('PUT', '/v1/rooms/x', { token: '', body: {} }),
      badToken: await service.call('PUT', '/v1/rooms/x', { token: 'garbage', body: {} }),
      malformedToken: await service.call('PUT', '/v1/rooms/x', { token: '%E0%A4', body: {} }),
      notTheirs: await service.call('GET', '/v1/rooms/team/snapshot', bo),
      notThere: await service.call('GET', '/v1/rooms/nowhere/snapshot', bo),
      nothing: await service.call('GET', '/v1/nothing', bo),
      noMember: await service.call('DELETE', '/v1/rooms/team/members/zoe'),
      conflict: await post({ id, user: { id: 'ann' }, text: 'other' }),
      empty: await post({ user: { id: 'ann' }, text: '' }),
      unknownField: await post({ user: { id: 'ann' }, text: 'x', at: 1 }),
      noJson: await post('{'),
      tooLarge: await post({ user: { id: 'ann' }, text: 'x', data: { a: 'x'.repeat(300_000) } }),
      badLimit: await service.call('GET', '/v1/rooms/general/snapshot?limit=0', bo),
      badAddress: await service.call('GET', '/v1/rooms/%E0%A4/snapshot', bo),
      badRoom: await service.call('PUT', '/v1/rooms/a%20b', { body: {} }),
    }
    const told = Object.fromEntries(
      Object.entries(answers).map(([name, { status, body }]) => [name, `${status} ${body.error.code}`]),
    )
    expect(told).toEqual({
      noToken: '401 token_missing',
      badToken: '401 token_malformed',
      malformedToken: '401 token_malformed',
      notTheirs: '404 room_not_found',
      notThere: '404 room_not_found',
      nothing: '404 invalid',
      noMember: '404 member_not_found',
      conflict: '409 id_conflict',
      empty: '400 message_empty',
      unknownField: '400 invalid',
      noJson: '400 invalid',
      tooLarge: '400 invalid',
      badLimit: '400 invalid',
      badAddress: '400 invalid',
      badRoom: '400 invalid',
    })
    expect(answers.notTheirs.body).toEqual(answers.notThere.body)
    for (const { body } of Object.values(answers))
      expect(JSON.stringify(body)).not.toMatch(/at .*\.(ts|js)|node_modules/)
  })

  test('[HTTP-4] a token is for its own routes only', async () => {
    const service = await startService({ store })
    const [chat, server] = [service.token('ann'), service.serverToken()]
    for (const [method, path] of [
      ['PUT', '/v1/rooms/x'],
      ['PUT', '/v1/rooms/x/members/ann'],
      ['DELETE', '/v1/rooms/x/members/ann'],
      ['POST', '/v1/rooms/x/messages'],
      ['POST', '/v1/sessions/revoke'],
    ] as const) {
      const { status, body } = await service.call(method, path, { token: chat, body: {} })
      expect([status, body.error.code]).toEqual([401, 'wrong_audience'])
    }
    for (const path of ['/v1/rooms', '/v1/rooms/general/snapshot']) {
      const { status, body } = await service.call('GET', path, { token: server })
      expect([status, body.error.code]).toEqual([401, 'wrong_audience'])
    }
    const peer = await service.connect()
    expect((await peer.refused({ type: 'hello', token: server })).code).toBe('wrong_audience')
    const stale = service.serverToken({ now: Date.now() - 120_000 })
    expect((await service.call('PUT', '/v1/rooms/x', { token: stale, body: {} })).body.error.code).toBe('expired')
  })

  test('[HTTP-5] PUT brings a room to a state; the same again changes nothing', async () => {
    const service = await startService({ store })
    const members = [{ id: 'ann', name: 'Ann', role: 'owner' }, { id: 'bo' }]
    const put = (body: unknown) => service.call('PUT', '/v1/rooms/team', { body })
    const made = await put({ kind: 'private', name: 'Team', members })
    expect(made.body).toMatchObject({ head: 3, room: { id: 'team', kind: 'private', name: 'Team', memberCount: 2 } })
    expect((await put({ kind: 'private', name: 'Team', members })).body).toEqual(made.body)
    const ann = await service.signIn('ann')
    await ann.open('team')
    expect((await put({ name: 'Crew' })).body).toMatchObject({ head: 4, room: { kind: 'private', memberCount: 2 } })
    expect(await ann.push('room.updated')).toMatchObject({ seq: 4, room: { name: 'Crew' } })
    await put({ members: [{ id: 'bo', role: 'moderator' }, { id: 'cy' }] })
    expect(await ann.push('member.updated')).toMatchObject({ seq: 5, member: { userId: 'bo', role: 'moderator' } })
    expect(await ann.push('member.joined')).toMatchObject({ seq: 6, member: { userId: 'cy', role: 'member' } })
  })

  test('[HTTP-5] members are put and deleted one by one', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    const path = '/v1/rooms/team/members/auth0%7Cbo'
    const put = await service.call('PUT', path, { body: { name: 'Bo', role: 'guest' } })
    expect(put.body).toMatchObject({ head: 3, member: { userId: 'auth0|bo', name: 'Bo', role: 'guest' } })
    expect((await service.call('PUT', path, { body: { name: 'Bo', role: 'guest' } })).body).toEqual(put.body)
    const bo = await service.signIn('auth0|bo')
    await bo.open('team')
    const deleted = await service.call('DELETE', path)
    expect(deleted.body).toMatchObject({ head: 4, member: { gone: 'removed' } })
    expect((await service.call('DELETE', path)).body).toEqual(deleted.body)
    await bo.push('room.closed')
  })

  test('[HTTP-6] the app’s server sends as anybody, and a retry is safe', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    const ann = await service.signIn('ann')
    await ann.open('team')
    const body = { id: uuidv7(), user: { id: 'bot', name: 'Bot' }, text: 'Deployed.', data: { build: 7 } }
    const post = (changes = {}) => service.call('POST', '/v1/rooms/team/messages', { body: { ...body, ...changes } })
    const sent = await post()
    expect(sent.body).toEqual({ id: body.id, seq: 4 })
    expect((await post()).body).toEqual(sent.body)
    expect((await post({ text: 'Failed.' })).status).toBe(409)
    expect(await ann.push('member.joined')).toMatchObject({ member: { userId: 'bot', name: 'Bot' } })
    expect((await ann.push('message.created')).message).toMatchObject({
      text: 'Deployed.',
      user: { id: 'bot', name: 'Bot' },
    })
    const { id: _, ...withoutId } = body
    const fresh = await service.call('POST', '/v1/rooms/team/messages', { body: withoutId })
    expect(fresh.body).toMatchObject({ seq: 5 })
  })
})
