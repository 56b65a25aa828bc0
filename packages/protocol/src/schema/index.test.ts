import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { ChatError, type WireError } from '../errors.ts'
import type { MemberPutBody, MessagePostBody, RevokeBody, RoomUpsertBody } from '../http.ts'
import { MAX_DATA_BYTES, MAX_FRAME_BYTES, MAX_TEXT_BYTES, MAX_TEXT_CHARS } from '../limits.ts'
import type { CommandOf, CommandType, UpFrame } from '../up.ts'
import { PROTOCOL_HISTORY, PROTOCOL_VERSION } from '../version.ts'
import {
  commandSchemas,
  memberPutBody,
  messagePostBody,
  parseBody,
  parseUpFrame,
  peekRef,
  revokeBody,
  roomUpsertBody,
  upFrameSchema,
} from './index.ts'

const ID = '019e2a7c-6f00-7000-8000-000000000001'

const SAMPLES: { [T in CommandType]: (CommandOf<T> & { ref: number })[] } = {
  hello: [
    { type: 'hello', ref: 0, token: 't' },
    {
      type: 'hello',
      ref: Number.MAX_SAFE_INTEGER,
      token: 't',
      client: '@parlor/client/0.1.0',
      rooms: [
        { roomId: 'a', epoch: '', seq: 0 },
        { roomId: 'b', epoch: 'e', seq: 7, newest: { seq: 5, id: ID } },
      ],
    },
  ],
  'session.refresh': [{ type: 'session.refresh', ref: 1, token: 't' }],
  ping: [{ type: 'ping', ref: 1 }],
  'room.open': [
    { type: 'room.open', ref: 1, roomId: 'general' },
    { type: 'room.open', ref: 1, roomId: 'constructor', since: { epoch: 'e', seq: 1 }, limit: 100 },
  ],
  'room.close': [{ type: 'room.close', ref: 1, roomId: 'general' }],
  'room.join': [{ type: 'room.join', ref: 1, roomId: 'team:1@x~y.z_-' }],
  'room.leave': [{ type: 'room.leave', ref: 1, roomId: 'general' }],
  'room.list': [{ type: 'room.list', ref: 1 }],
  'member.add': [
    { type: 'member.add', ref: 1, roomId: 'general', userId: '__proto__' },
    { type: 'member.add', ref: 1, roomId: 'general', userId: 'u'.repeat(255), role: 'owner' },
  ],
  'member.remove': [{ type: 'member.remove', ref: 1, roomId: 'general', userId: 'ú|1' }],
  'member.update': [{ type: 'member.update', ref: 1, roomId: 'general', userId: 'u', role: 'guest' }],
  'member.list': [{ type: 'member.list', ref: 1, roomId: 'general', after: 'u', limit: 1 }],
  'message.send': [
    { type: 'message.send', ref: 1, roomId: 'general', id: ID, text: 'a\tb\r\nc 👩‍👩‍👧‍👦' },
    { type: 'message.send', ref: 1, roomId: 'general', id: ID, text: '', data: { a: [1, { b: null }] } },
    { type: 'message.send', ref: 1, roomId: 'general', id: ID, text: 'x', after: ID, attempt: 2 },
  ],
  'message.edit': [
    { type: 'message.edit', ref: 1, roomId: 'general', id: ID, text: 'x', data: null, editId: ID, baseVersion: 3 },
    { type: 'message.edit', ref: 1, roomId: 'general', id: ID, data: {}, editId: ID, baseVersion: 3 },
  ],
  'message.delete': [{ type: 'message.delete', ref: 1, roomId: 'general', id: ID }],
  'message.cancel': [{ type: 'message.cancel', ref: 1, roomId: 'general', id: ID }],
  'message.list': [
    { type: 'message.list', ref: 1, roomId: 'general' },
    { type: 'message.list', ref: 1, roomId: 'general', before: 9, limit: 50, position: { epoch: 'e', seq: 12 } },
    { type: 'message.list', ref: 1, roomId: 'general', around: ID },
  ],
  'message.react': [{ type: 'message.react', ref: 1, roomId: 'general', id: ID, emoji: '👍🏽', on: true }],
  'typing.set': [{ type: 'typing.set', ref: 1, roomId: 'general', on: true }],
  'presence.set': [{ type: 'presence.set', ref: 1, state: 'away' }],
  'presence.watch': [{ type: 'presence.watch', ref: 1, roomId: 'general', on: false }],
}

describe('types', () => {
  test('the schemas accept exactly what the types say', () => {
    expectTypeOf<{ [T in CommandType]: Flat<z.infer<(typeof commandSchemas)[T]>> }>().toEqualTypeOf<{
      [T in CommandType]: Flat<CommandOf<T> & { ref: number }>
    }>()
    expectTypeOf<z.infer<typeof upFrameSchema>>().toExtend<UpFrame>()
    expectTypeOf<UpFrame>().toExtend<z.infer<typeof upFrameSchema>>()
    expectTypeOf<z.infer<typeof roomUpsertBody>>().toEqualTypeOf<RoomUpsertBody>()
    expectTypeOf<z.infer<typeof memberPutBody>>().toEqualTypeOf<MemberPutBody>()
    expectTypeOf<z.infer<typeof messagePostBody>>().toEqualTypeOf<MessagePostBody>()
    expectTypeOf<z.infer<typeof revokeBody>>().toEqualTypeOf<RevokeBody>()
  })

  test('every command has a schema, and the union holds them all', () => {
    expect(upFrameSchema.options.map((option) => [...option.shape.type.values][0])).toEqual(Object.keys(commandSchemas))
  })
})

describe('parseUpFrame', () => {
  const samples = Object.values(SAMPLES).flat()

  test.each(samples)('takes $type and gives it back unchanged', (frame) => {
    expect(parseUpFrame(JSON.stringify(frame))).toEqual(frame)
    expect(upFrameSchema.parse(frame)).toEqual(frame)
  })

  test.each(samples)('refuses an unknown field in $type', (frame) => {
    expect(refused({ ...frame, extra: 1 })).toMatchObject({ code: 'invalid', field: 'extra' })
  })

  test.each(samples)('names the field of $type that is missing or of another kind', (frame) => {
    for (const field of Object.keys(frame).filter((key) => key !== 'type' && key !== 'ref')) {
      const wrong = refused({ ...frame, [field]: field === 'on' ? 1 : true })
      expect(wrong).toMatchObject({ code: 'invalid', field })
      expect(wrong.hint).toMatch(/^Expected .+\.$/)
      const without = Object.fromEntries(Object.entries(frame).filter(([key]) => key !== field))
      const error = tryParse(JSON.stringify(without))
      if (error?.field) expect(error).toMatchObject({ code: 'invalid', field })
    }
  })

  test.each([
    '',
    'null',
    '[]',
    '[{"type":"ping","ref":1}]',
    '"ping"',
    '1',
    '{',
    '{}',
    '{"type":"ping"}',
    '{"ref":1}',
    '{"type":"ping","ref":-1}',
    '{"type":"ping","ref":1.5}',
    '{"type":"ping","ref":"1"}',
    '{"type":"ping","ref":9007199254740992}',
    '{"type":7,"ref":1}',
  ])('answers %s with bad_frame', (text) => {
    expect(refused(text).code).toBe('bad_frame')
  })

  test.each(['nope', 'constructor', '__proto__', 'toString', ''])(
    'answers the command "%s" with unknown_command',
    (type) => {
      expect(refused({ type, ref: 1 }).code).toBe('unknown_command')
    },
  )

  test.each(['', '.', '-a', 'a b', 'a/b', '__proto__', 'a'.repeat(129), 'é', 'a\n'])(
    'refuses the room id %j',
    (roomId) => {
      expect(refused({ type: 'room.open', ref: 1, roomId })).toMatchObject({ code: 'invalid', field: 'roomId' })
    },
  )

  test.each(['', 'u'.repeat(256), 'a\u0000b', 'a\u007f', 'a\u0085', '\ud800'])('refuses the user id %j', (userId) => {
    expect(refused({ type: 'member.remove', ref: 1, roomId: 'a', userId })).toMatchObject({
      code: 'invalid',
      field: 'userId',
    })
  })

  test.each(['', ' ', 'x'.repeat(33), '\n', '\udc00'])('refuses the emoji %j', (emoji) => {
    expect(refused({ type: 'message.react', ref: 1, roomId: 'a', id: ID, emoji, on: true })).toMatchObject({
      code: 'invalid',
      field: 'emoji',
    })
  })

  test.each([ID.toUpperCase(), ID.slice(1), `${ID}0`, `{${ID}}`])('refuses the message id %s', (id) => {
    expect(send({ id })).toMatchObject({ code: 'invalid', field: 'id' })
  })

  test('names the path of a nested field', () => {
    const rooms = [
      { roomId: 'a', epoch: 'e', seq: 1 },
      { roomId: 'b', epoch: 'e', seq: -1 },
    ]
    expect(refused({ type: 'hello', ref: 1, token: 't', rooms }).field).toBe('rooms.1.seq')
  })

  test('refuses a room that is named twice in hello', () => {
    const room = { roomId: 'a', epoch: 'e', seq: 1 }
    expect(refused({ type: 'hello', ref: 1, token: 't', rooms: [room, room] }).field).toBe('rooms')
  })

  test('refuses an empty token as missing and a huge one as malformed', () => {
    expect(refused({ type: 'hello', ref: 1, token: '' }).code).toBe('token_missing')
    expect(refused({ type: 'hello', ref: 1, token: 'x'.repeat(16_385) }).code).toBe('token_malformed')
  })

  test('refuses two edges in message.list', () => {
    expect(refused({ type: 'message.list', ref: 1, roomId: 'a', before: 1, after: 2 }).code).toBe('invalid')
  })

  test('knows a message without content from one that is too long', () => {
    expect(send({ text: '' }).code).toBe('message_empty')
    expect(send({ text: ' \n\t ' }).code).toBe('message_empty')
    expect(send({ text: 'x'.repeat(MAX_TEXT_CHARS + 1) })).toMatchObject({ code: 'message_too_long', field: 'text' })
  })

  test('an edit names text, data or both; whether anything is left is for the store to say', () => {
    const edit = { type: 'message.edit', ref: 1, roomId: 'a', id: ID, editId: ID, baseVersion: 1 }
    expect(refused(edit)).toMatchObject({ code: 'invalid', hint: 'Expected text, data or both.' })
    for (const patch of [{ text: '' }, { data: null }, { text: 'x', data: {} }]) {
      expect(parseUpFrame(JSON.stringify({ ...edit, ...patch }))).toMatchObject(patch)
    }
  })

  test('refuses control characters in text, tab and line ends excepted', () => {
    for (const char of ['\u0000', '\u0007', '\u000b', '\u001b']) expect(send({ text: `a${char}b` }).field).toBe('text')
  })

  test('refuses lone surrogates and NUL, in keys too', () => {
    expect(send({ text: 'a\ud83d' })).toMatchObject({ code: 'invalid', field: 'text' })
    expect(send({ data: { a: '\udc00' } }).field).toBe('data.a')
    expect(send({ data: { '\udc00': 1 } }).field).toBe('data')
    expect(send({ data: { a: ['x\0'] } }).field).toBe('data.a.0')
  })

  test('bounds data: bytes, depth, and the keys that JavaScript trips over', () => {
    const overhead = JSON.stringify({ a: '' }).length
    const largest = { a: 'x'.repeat(MAX_DATA_BYTES - overhead) }
    expect(parseUpFrame(JSON.stringify({ ...SAMPLES['message.send'][0], data: largest }))).toMatchObject({
      data: largest,
    })
    expect(send({ data: { a: `${largest.a}x` } }).field).toBe('data')
    expect(send({ data: { a: 'é'.repeat(MAX_DATA_BYTES / 2) } }).field).toBe('data')
    expect(parseUpFrame(withData(nested(8))).ref).toBe(1)
    expect(refused(withData(nested(9)))).toMatchObject({ code: 'invalid' })
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(refused(withData(`{"a":[{"${key}":1}]}`))).toMatchObject({ code: 'invalid', field: 'data.a.0' })
      expect(refused(`{"type":"ping","ref":1,"${key}":{}}`)).toMatchObject({ code: 'invalid' })
    }
  })

  test('refuses nesting bombs of a whole frame without running out of stack', () => {
    const depth = MAX_FRAME_BYTES / 2 - 50
    expect(refused(withData(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).code).toBe('invalid')
    expect(refused('['.repeat(MAX_FRAME_BYTES)).code).toBe('bad_frame')
    expect(refused(`${'{"type":'.repeat(8_000)}1${'}'.repeat(8_000)}`).code).toBe('bad_frame')
  })

  test('the longest text always fits its bytes and its frame, however it is escaped', () => {
    const text = '\uffff'.repeat(MAX_TEXT_CHARS)
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(MAX_TEXT_BYTES)
    const escaped = JSON.stringify({ ...SAMPLES['message.send'][0], text }).replaceAll('\uffff', '\\uffff')
    expect(escaped.length + MAX_DATA_BYTES).toBeLessThanOrEqual(MAX_FRAME_BYTES)
  })

  test('answers whatever bytes with a frame or a ChatError that repeats nothing of them', () => {
    const secret = 'hunter2'
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), fc.constantFrom(...Object.keys(commandSchemas)), (json, type) => {
        const value: unknown = JSON.parse(json)
        const body =
          typeof value === 'object' && !Array.isArray(value)
            ? value
            : { roomId: value, text: secret, [secret + json]: 1 }
        const error = tryParse(JSON.stringify({ ...body, type, ref: 1 }))
        if (error) expect(JSON.stringify(error.toWire())).not.toContain(secret)
      }),
      { numRuns: 500 },
    )
  })
})

describe('peekRef', () => {
  test('finds the ref of a frame that is wrong in every other way', () => {
    expect(peekRef('{"ref":7,"type":{"deep":[]},"x":"\\ud800"}')).toBe(7)
    expect(peekRef({ ref: 0 })).toBe(0)
  })

  test.each(['', '[]', 'null', '7', '{"ref":-1}', '{"ref":"7"}', '{"ref":1e300}', '{"__proto__":{"ref":1}}'])(
    'finds none in %s',
    (text) => expect(peekRef(text)).toBeUndefined(),
  )
})

describe('parseBody', () => {
  test('takes the bodies of the HTTP routes', () => {
    const members = [
      { id: 'u1' },
      { id: 'u2', name: null, picture: 'https://example.com/p.png', role: 'owner' as const },
    ]
    expect(parseBody(roomUpsertBody, { kind: 'private', name: 'Team', members })).toEqual({
      kind: 'private',
      name: 'Team',
      members,
    })
    expect(parseBody(memberPutBody, {})).toEqual({})
    expect(parseBody(messagePostBody, { user: { id: 'bot' }, text: 'hi' })).toEqual({ user: { id: 'bot' }, text: 'hi' })
    expect(parseBody(revokeBody, { sid: 's' })).toEqual({ sid: 's' })
  })

  test('refuses what is no object, unknown fields, and content as the commands do', () => {
    for (const body of [undefined, null, [], 'x', 1]) expect(refusedBody(revokeBody, body).code).toBe('invalid')
    expect(refusedBody(roomUpsertBody, { kind: 'secret' }).field).toBe('kind')
    expect(refusedBody(roomUpsertBody, { members: [{ id: '' }] }).field).toBe('members.0.id')
    expect(refusedBody(memberPutBody, { admin: true }).field).toBe('admin')
    expect(refusedBody(messagePostBody, { user: { id: 'bot' }, text: '' }).code).toBe('message_empty')
    expect(refusedBody(revokeBody, { sid: '' }).field).toBe('sid')
  })
})

test('the commands are those of the newest version: after a change, add a line to PROTOCOL_HISTORY and pin its hash', () => {
  const commands = Object.entries(commandSchemas).map(([type, schema]) => [
    type,
    z.toJSONSchema(schema as z.ZodType, { unrepresentable: 'any' }),
  ])
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(Object.fromEntries(commands))))
    .digest('hex')
    .slice(0, 16)
  const newest = PROTOCOL_HISTORY.at(-1)
  expect({ version: newest?.version, hash }).toEqual({ version: PROTOCOL_VERSION, hash: '98e58cdc8a188279' })
})

// --- helpers ---

/** Intersections as one object type each, so that they can be compared with others. */
type Flat<T> = T extends object ? { [K in keyof T]: Flat<T[K]> } : T

function tryParse(text: string): ChatError | undefined {
  try {
    parseUpFrame(text)
    return undefined
  } catch (error) {
    if (error instanceof ChatError) return error
    throw error
  }
}

function refused(frame: unknown): WireError {
  const error = tryParse(typeof frame === 'string' ? frame : JSON.stringify(frame))
  if (!error) throw new Error('the frame was taken')
  return error.toWire()
}

function refusedBody(schema: z.ZodType, body: unknown): WireError {
  try {
    parseBody(schema, body)
  } catch (error) {
    if (error instanceof ChatError) return error.toWire()
  }
  throw new Error('the body was taken')
}

function send(patch: Record<string, unknown>): WireError {
  return refused({ ...SAMPLES['message.send'][0], ...patch })
}

function withData(json: string): string {
  return `{"type":"message.send","ref":1,"roomId":"a","id":"${ID}","text":"x","data":${json}}`
}

/** The JSON of objects and arrays this deep, themselves counted. */
function nested(depth: number): string {
  return `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
