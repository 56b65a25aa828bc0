import { describe, expect, test } from 'vitest'
import { startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { frame, openRawWebSocket } from './raw-socket.ts'

const ID = '019e2a7c-6f00-7000-8000-000000000001'

describe('client frames', () => {
  test.each([
    { type: 'ping', loud: true },
    { type: 'room.open', roomId: 'general', limits: 1 },
    { type: 'room.open', roomId: 'general', since: { epoch: 'e', seq: 1, id: 1 } },
    { type: 'message.send', roomId: 'general', id: ID, text: 'x', user: { id: 'bo' } },
    { type: 'message.send', roomId: 'general', id: ID, text: 'x', seq: 7 },
  ])('[FRAME-1] no unknown field is taken: %j', async (command) => {
    const service = await startService()
    const peer = await service.signIn('ann')
    expect((await peer.refused(command)).code).toBe('invalid')
  })

  test('[FRAME-1] any ref from 0 to the largest safe integer is given back', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    for (const ref of [0, 1, Number.MAX_SAFE_INTEGER]) {
      peer.send({ type: 'ping', ref })
      expect(await peer.reply(ref)).toHaveProperty('ok')
    }
  })

  test.each([
    ['', 'bad_frame'],
    ['{', 'bad_frame'],
    ['null', 'bad_frame'],
    ['"ping"', 'bad_frame'],
    ['[{"type":"ping","ref":1}]', 'bad_frame'],
    ['{"type":"ping"}', 'bad_frame'],
    ['{"type":"ping","ref":-1}', 'bad_frame'],
    ['{"type":"ping","ref":"1"}', 'bad_frame'],
    ['{"type":"ping","ref":0.5}', 'bad_frame'],
    ['{"type":"ping","ref":1e99}', 'bad_frame'],
  ])('[FRAME-4] %s without a ref is answered with an error push', async (text, code) => {
    const service = await startService()
    const peer = await service.signIn('ann')
    peer.sendText(text)
    expect((await peer.push('error')).error.code).toBe(code)
    await peer.command({ type: 'ping' })
  })

  test.each([
    [{}, 'bad_frame', undefined],
    [{ type: 7 }, 'bad_frame', undefined],
    [{ type: 'room.destroy' }, 'unknown_command', undefined],
    [{ type: 'constructor' }, 'unknown_command', undefined],
    [{ type: 'room.open' }, 'invalid', 'roomId'],
    [{ type: 'room.open', roomId: '../etc' }, 'invalid', 'roomId'],
    [{ type: 'message.send', roomId: 'general', id: 'x', text: 'x' }, 'invalid', 'id'],
    [{ type: 'message.react', roomId: 'general', id: ID, emoji: '', on: true }, 'invalid', 'emoji'],
    [{ type: 'member.add', roomId: 'general', userId: 'bo', role: 'king' }, 'invalid', 'role'],
  ])('[FRAME-4] %j with a ref is answered with a reply: %s', async (command, code, field) => {
    const service = await startService()
    const peer = await service.signIn('ann')
    const error = await peer.refused(command)
    expect([error.code, error.field]).toEqual([code, field])
    expect(error.retryable).toBe(false)
  })

  test('[FRAME-4] field is a path', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    const since = { epoch: 'e', seq: -1 }
    expect((await peer.refused({ type: 'room.open', roomId: 'general', since })).field).toBe('since.seq')
  })

  test('[FRAME-5] ten within a minute close the connection', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [careless, broken] = [await service.signIn('ann'), await service.signIn('bo')]
    for (let minute = 0; minute < 3; minute++) {
      for (let i = 0; i < 9; i++) await careless.refused({ type: 'nonsense' })
      await clock.advance(60_500)
      await careless.command({ type: 'ping' })
      await broken.command({ type: 'ping' })
    }
    for (let i = 0; i < 10; i++) broken.sendText('nonsense')
    expect(await broken.closed).toMatchObject({ code: 4400 })
    expect(broken.items.filter((item) => item.type === 'error')).toHaveLength(10)
    await careless.command({ type: 'ping' })
  })

  test('[FRAME-5] refusals of a feature are no bad frames', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    for (let i = 0; i < 30; i++) {
      expect((await peer.refused({ type: 'room.open', roomId: 'x' })).code).toBe('room_not_found')
      const send = { type: 'message.send', roomId: 'general', id: ID }
      expect((await peer.refused({ ...send, text: '' })).code).toBe('message_empty')
      expect((await peer.refused({ ...send, text: 'x'.repeat(5_000) })).code).toBe('message_too_long')
    }
    await peer.command({ type: 'ping' })
  })
})

describe('server frames', () => {
  test('[FRAME-2] are JSON arrays of objects, each a reply or something with a type', async () => {
    const service = await startService()
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('general')
    await ann.say('general', 'hi')
    ann.sendText('?')
    await ann.push('error')
    await bo.settle()
    for (const text of [...ann.frames, ...bo.frames]) {
      const items: unknown = JSON.parse(text)
      if (!Array.isArray(items)) throw new Error(text)
      for (const item of items) expect('ref' in item).toBe(!('type' in item))
    }
  })

  test('[FRAME-3] every command ends in one answer, whatever the order', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    const refs = Array.from({ length: 200 }, (_, i) => {
      const kinds = [
        { type: 'ping' },
        { type: 'room.open', roomId: 'general' },
        { type: 'room.open', roomId: 'nowhere' },
        { type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: `${i}` },
        { type: 'message.list', roomId: 'general' },
        { type: 'room.list' },
      ]
      return peer.send(kinds[i % kinds.length] ?? { type: 'ping' })
    })
    await Promise.all(refs.map((ref) => peer.reply(ref)))
    await peer.settle()
    for (const ref of refs) {
      const answers = peer.items.filter((item) => item.ref === ref)
      expect(answers).toHaveLength(1)
      expect('ok' in (answers[0] ?? {})).toBe(!('error' in (answers[0] ?? {})))
    }
  })
})

describe('broken framing', () => {
  test('[FRAME-6] a binary frame is a bad frame', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    peer.socket.send(Buffer.from('{"type":"ping","ref":1}'), { binary: true })
    expect((await peer.push('error')).error.code).toBe('bad_frame')
    await peer.command({ type: 'ping' })
  })

  test('[FRAME-6] 64 KiB is taken and one byte more closes with 1009, also before hello and in parts', async () => {
    const service = await startService()
    const command = (bytes: number) => `{"type":"ping","ref":7,"x":"${'x'.repeat(bytes - 30)}"}`
    const peer = await service.signIn('ann')
    expect(command(65_536)).toHaveLength(65_536)
    peer.sendText(command(65_536))
    expect((await peer.reply(7)).error.code).toBe('invalid')
    peer.sendText(command(65_537))
    expect(await peer.closed).toMatchObject({ code: 1009 })

    const early = await service.connect()
    early.sendText(command(65_537))
    expect(await early.closed).toMatchObject({ code: 1009 })

    const raw = await openRawWebSocket(service.port)
    for (let i = 0; i < 3; i++) raw.write(frame('x'.repeat(30_000), { opcode: i === 0 ? 1 : 0, fin: false }))
    expect(await raw.readClose()).toBe(1009)
  })

  test('[FRAME-6] a frame that announces far more than it has is refused at its header', async () => {
    const service = await startService()
    const raw = await openRawWebSocket(service.port)
    raw.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]))
    expect(await raw.readClose()).toBe(1009)
  })

  test.each([
    ['one byte', [0xff]],
    ['half a character', [0x68, 0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['past the end of Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('[FRAME-6] invalid UTF-8 closes with 1007: %s', async (_, bytes) => {
    const service = await startService()
    const raw = await openRawWebSocket(service.port)
    raw.write(frame(Buffer.from(bytes)))
    expect(await raw.readClose()).toBe(1007)
  })

  test('[FRAME-6] a message of 64 fragments is taken, one of more closes with 1008, empty ones included', async () => {
    const service = await startService()
    const fragments = (count: number, part: string) =>
      Buffer.concat(
        Array.from({ length: count }, (_, i) => frame(part, { opcode: i === 0 ? 1 : 0, fin: i === count - 1 })),
      )
    const good = await openRawWebSocket(service.port)
    good.write(fragments(64, 'x'))
    expect((await good.readFrame())?.payload.toString()).toContain('bad_frame')
    for (const part of ['x', '']) {
      const raw = await openRawWebSocket(service.port)
      raw.write(fragments(65, part))
      expect(await raw.readClose()).toBe(1008)
    }
  })

  test.each([
    ['no mask', frame('{}', { masked: false })],
    ['reserved bit 1', frame('{}', { rsv: 4 })],
    ['reserved bit 2', frame('{}', { rsv: 2 })],
    ['reserved bit 3', frame('{}', { rsv: 1 })],
    ['an unknown opcode', frame('{}', { opcode: 3 })],
    ['an unknown control opcode', frame('', { opcode: 11 })],
    ['a long ping', frame('x'.repeat(126), { opcode: 9 })],
    ['a fragmented ping', frame('x', { opcode: 9, fin: false })],
    ['a continuation of nothing', frame('x', { opcode: 0 })],
    ['a text inside a text', Buffer.concat([frame('x', { fin: false }), frame('x')])],
    ['a close of one byte', frame('x', { opcode: 8 })],
    ['a close with 1005', frame(Buffer.from([0x03, 0xed]), { opcode: 8 })],
    ['a close with 999', frame(Buffer.from([0x03, 0xe7]), { opcode: 8 })],
    ['a length beyond 2^53', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ])('[FRAME-6] broken framing closes with 1002: %s', async (name, bytes) => {
    const service = await startService()
    const raw = await openRawWebSocket(service.port)
    raw.write(bytes)
    expect(await raw.readClose()).toBe(name.startsWith('a length') ? 1009 : 1002)
  })

  test('[FRAME-6] who floods with pings and reads nothing is cut, and others go on', { timeout: 20_000 }, async () => {
    const service = await startService({ hasDefaultLimits: true })
    const other = await service.signIn('bo')
    const raw = await openRawWebSocket(service.port)
    raw.write(frame(JSON.stringify({ type: 'hello', ref: 1, token: service.token('ann') })))
    await raw.readFrame()
    raw.socket.pause()
    const pings = Buffer.concat(Array.from({ length: 2_000 }, () => frame('x'.repeat(125), { opcode: 9 })))
    const countConnections = async () => {
      const { body } = await service.call('GET', '/metrics')
      return Number(/^parlor_connections (\d+)$/m.exec(body)?.[1])
    }
    expect(await countConnections()).toBe(2)
    while ((await countConnections()) === 2) {
      if (raw.socket.writableLength < 4_000_000) raw.write(pings)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await other.command({ type: 'ping' })
  })
})

describe('text', () => {
  test.each([
    ['text', { type: 'message.send', roomId: 'general', id: ID, text: '\ud83d' }, 'text'],
    ['data', { type: 'message.send', roomId: 'general', id: ID, text: 'x', data: { a: ['\udc00'] } }, 'data.a.0'],
    ['a key', { type: 'message.send', roomId: 'general', id: ID, text: 'x', data: { '\ud83d': 1 } }, 'data'],
    ['NUL', { type: 'message.send', roomId: 'general', id: ID, text: 'a\0b' }, 'text'],
    ['an emoji', { type: 'message.react', roomId: 'general', id: ID, emoji: '\ud83d', on: true }, 'emoji'],
    ['a user id', { type: 'member.add', roomId: 'general', userId: '\ud83d' }, 'userId'],
  ])('[FRAME-7] half a character is refused: in %s', async (_, command, field) => {
    const service = await startService()
    const peer = await service.signIn('ann')
    expect(await peer.refused(command)).toMatchObject({ code: 'invalid', field })
  })

  test('[FRAME-7] nesting is at most 8 levels, however it is made', async () => {
    const service = await startService()
    const peer = await service.signIn('ann')
    const send = (ref: number, data: string) =>
      peer.sendText(
        `{"type":"message.send","ref":${ref},"roomId":"general","id":"${crypto.randomUUID()}","text":"x","data":${data}}`,
      )
    send(1, `{"a":${'['.repeat(7)}${']'.repeat(7)}}`)
    expect(await peer.reply(1)).toHaveProperty('ok')
    for (const [ref, depth] of [
      [2, 8],
      [3, 30_000],
    ] as const) {
      send(ref, `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
      expect((await peer.reply(ref)).error.code).toBe('invalid')
    }
    peer.sendText('['.repeat(60_000))
    expect((await peer.push('error')).error.code).toBe('bad_frame')
  })

  test.each(['__proto__', 'constructor', 'prototype'])('[FRAME-7] no key is %s', async (key) => {
    const service = await startService()
    const peer = await service.signIn('ann')
    peer.sendText(
      `{"type":"message.send","ref":1,"roomId":"general","id":"${ID}","text":"x","data":{"a":[{"${key}":{"x":1}}]}}`,
    )
    expect(await peer.reply(1)).toMatchObject({ error: { code: 'invalid', field: 'data.a.0' } })
    peer.sendText(`{"type":"ping","ref":2,"${key}":{"x":1}}`)
    expect((await peer.reply(2)).error.code).toBe('invalid')
  })

  test('[FRAME-7] as ids they are words like any other', async () => {
    const service = await startService()
    await service.makeRoom('constructor', 'private', { __proto__x: 'member', toString: 'member' })
    expect((await service.call('PUT', '/v1/rooms/constructor/members/__proto__', { body: {} })).status).toBe(200)
    const peer = await service.signIn('__proto__')
    await peer.open('constructor')
    await peer.say('constructor', 'hi')
    expect((await peer.push('message.created')).message.user.id).toBe('__proto__')
    expect((await peer.refused({ type: 'room.open', roomId: 'hasOwnProperty' })).code).toBe('room_not_found')
  })
})

test('[FRAME-8] neither errors nor closes nor the log repeat what was sent', async () => {
  const service = await startService()
  const secret = 'hunter2-correct-horse'
  const peer = await service.signIn('ann')
  const commands = [
    { type: secret },
    { type: 'room.open', roomId: `${secret}/` },
    { type: 'message.send', roomId: 'general', id: secret, text: secret },
    { type: 'message.send', roomId: 'general', id: ID, text: secret, [secret.repeat(30)]: secret },
    {
      type: 'message.send',
      roomId: 'general',
      id: ID,
      text: secret,
      data: { [`${secret} `]: { constructor: secret } },
    },
    { type: 'message.send', roomId: 'nowhere', id: ID, text: secret },
    { type: 'session.refresh', token: secret },
  ]
  for (const command of commands) await peer.refused(command)
  await peer.say('general', secret, { data: { secret } })
  peer.sendText(secret)
  await peer.push('error')
  const token = service.token('bo', { claims: { name: secret }, secret: 'another-secret-of-32-bytes-or-more' })
  const stranger = await service.connect()
  await stranger.refused({ type: 'hello', token })
  const { reason } = await stranger.closed

  const told = [...peer.items, ...stranger.items].filter((item) => item.error)
  expect(told.length).toBeGreaterThan(commands.length)
  expect(JSON.stringify(told)).not.toContain(secret)
  expect(reason).not.toContain(secret)
  expect(service.log.length).toBeGreaterThan(0)
  for (const line of service.log) {
    expect(line).not.toContain(secret)
    expect(line).not.toContain(token.split('.')[1])
  }
})
