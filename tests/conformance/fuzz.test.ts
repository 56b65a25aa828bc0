import { CLOSE_CODES } from '@parlor/protocol'
import { commandSchemas } from '@parlor/protocol/schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { onEveryStore, type Service, startService } from './harness.ts'
import type { Peer } from './peer.ts'
import { frame, openRaw, openRawWebSocket, upgradeRequest } from './raw-socket.ts'

/** More by command: PARLOR_FUZZ_RUNS=100000 npx vitest run tests/conformance/fuzz.test.ts */
const RUNS = Number(process.env.PARLOR_FUZZ_RUNS) || 150
const SEED = Number(process.env.PARLOR_TEST_SEED) || Math.floor(Math.random() * 2 ** 31)
const OPTIONS = { seed: SEED, numRuns: RUNS }
const CLOSES = new Set(Object.values(CLOSE_CODES).map(([code]) => code as number))

const ID = fc.constantFrom('019e2a7c-6f00-7000-8000-000000000001', '019e2a7c-6f00-7000-8000-000000000002')

/** Values that are right often enough to get far, and wrong in every other way. */
const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  roomId: fc.constantFrom('general', 'lobby-1', 'lobby-2', 'nowhere', 'constructor', '__proto__', ''),
  id: ID,
  editId: ID,
  around: ID,
  userId: fc.constantFrom('canary', 'fuzz', '__proto__', '', 'x'.repeat(256)),
  text: fc.oneof(fc.constantFrom('', 'x', ' ', 'x'.repeat(4_001)), fc.string({ unit: 'binary' })),
  emoji: fc.constantFrom('👍', '', 'x'.repeat(33), '\n'),
  on: fc.boolean(),
  role: fc.constantFrom('owner', 'moderator', 'member', 'guest', 'root'),
  data: fc.oneof(fc.object({ maxDepth: 10 }), fc.constant(null)),
  before: fc.integer({ min: -1, max: 50 }),
  after: fc.oneof(ID, fc.integer({ min: -1, max: 50 }), fc.constant('canary')),
  limit: fc.integer({ min: -1, max: 101 }),
  attempt: fc.integer({ min: -1, max: 3 }),
  baseVersion: fc.integer({ min: -1, max: 20 }),
  since: fc.record({ epoch: fc.constantFrom('', 'e'), seq: fc.integer({ min: -1, max: 20 }) }),
  position: fc.record({ epoch: fc.constantFrom('', 'e'), seq: fc.nat() }),
  token: fc.oneof(fc.string(), fc.base64String()),
}

const COMMAND = fc.constantFrom(...Object.keys(commandSchemas).filter((type) => type !== 'hello')).chain((type) => {
  const names = Object.keys(commandSchemas[type as 'ping'].shape).filter((name) => name !== 'type' && name !== 'ref')
  const fields = names.map((name) => [
    name,
    fc.oneof({ weight: 12, arbitrary: FIELDS[name] ?? fc.anything() }, { weight: 1, arbitrary: fc.jsonValue() }),
  ])
  const record: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries([['type', fc.constant(type)], ...fields])
  return fc.record(record, { requiredKeys: ['type'] })
})

onEveryStore((store) => {
  test(`[FRAME-3] whatever commands come, each ends in one answer or a close (PARLOR_TEST_SEED=${SEED})`, {
    timeout: 60_000 + RUNS * 100,
  }, async () => {
    const service = await startService({ store })
    const canary = await startCanary(service)
    let peer = await service.signIn('fuzz')
    await fc.assert(
      fc.asyncProperty(fc.array(COMMAND, { minLength: 1, maxLength: 20 }), async (commands) => {
        if (peer.socket.readyState !== peer.socket.OPEN) peer = await service.signIn('fuzz')
        const before = peer.items.length
        const refs = commands.map((command) => peer.send(command))
        const closed = peer.closed.then(({ code }) => code)
        const answered = Promise.all(refs.map((ref) => peer.reply(ref)))
        answered.catch(() => {})
        const end = await Promise.race([answered.then(() => 'answered' as const), closed])
        if (end !== 'answered') expect(CLOSES).toContain(end)
        for (const item of peer.items.slice(before)) {
          expect(item.error?.code).not.toBe('internal')
          if (item.ref !== undefined) expect('ok' in item).toBe(!('error' in item))
        }
      }),
      OPTIONS,
    )
    await canary.sings()
    peer.socket.close()
    await peer.closed
    await canary.isAlone()
  })
})

test(`[FRAME-4] whatever text comes, it is answered or the connection closed (PARLOR_TEST_SEED=${SEED})`, {
  timeout: 60_000 + RUNS * 100,
}, async () => {
  const service = await startService()
  const canary = await startCanary(service)
  let peer = await service.signIn('fuzz')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.json({ stringUnit: 'binary' }),
    COMMAND.map((command) => JSON.stringify({ ref: 1, ...command }).slice(0, -3)),
    COMMAND.map((command) => JSON.stringify({ ref: 1, ...command }).replaceAll('"', '')),
    fc.integer({ min: 1, max: 60_000 }).map((count) => '['.repeat(count)),
    fc.integer({ min: 1, max: 6_000 }).map((count) => '{"a":'.repeat(count)),
  )
  await fc.assert(
    fc.asyncProperty(text, async (sent) => {
      if (peer.socket.readyState !== peer.socket.OPEN) peer = await service.signIn('fuzz')
      const count = peer.items.length
      peer.sendText(sent)
      const answered = peer.until(() => peer.items.length > count, 'an answer').then(() => 'answered' as const)
      answered.catch(() => {})
      const end = await Promise.race([answered, peer.closed.then(({ code }) => code)])
      if (end !== 'answered') expect(CLOSES).toContain(end)
    }),
    OPTIONS,
  )
  await canary.sings()
})

test(`[FRAME-6] whatever bytes come, the service goes on (PARLOR_TEST_SEED=${SEED})`, {
  timeout: 60_000 + RUNS * 100,
}, async () => {
  const service = await startService()
  const canary = await startCanary(service)
  const hello = JSON.stringify({ type: 'hello', ref: 1, token: service.token('fuzz') })
  const frames = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          payload: fc.oneof(
            fc.uint8Array({ maxLength: 130 }),
            fc.constant(new TextEncoder().encode('{"type":"ping","ref":1}')),
          ),
          opcode: fc.integer({ min: 0, max: 15 }),
          fin: fc.boolean(),
          rsv: fc.oneof(
            { weight: 9, arbitrary: fc.constant(0) },
            { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) },
          ),
          masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        })
        .map(({ payload, ...options }) => frame(payload, options)),
    ),
    { minLength: 1, maxLength: 10 },
  )
  await fc.assert(
    fc.asyncProperty(frames, fc.boolean(), async (chunks, signsIn) => {
      const raw = await openRawWebSocket(service.port)
      if (signsIn) raw.write(frame(hello))
      for (const chunk of chunks) raw.write(chunk)
      raw.socket.end()
      const code = await raw.readClose()
      // A close frame may be among the bytes: then it is answered with its own code.
      expect(code).toSatisfy((one: number) => CLOSES.has(one) || (one >= 1000 && one < 5000))
      raw.socket.destroy()
    }),
    OPTIONS,
  )
  await canary.sings()
  await canary.isAlone()
})

test(`[CONN-2] whatever request comes, the service goes on (PARLOR_TEST_SEED=${SEED})`, {
  timeout: 60_000 + RUNS * 100,
}, async () => {
  const service = await startService()
  const canary = await startCanary(service)
  const value = fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ''))
  const request = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .record({
        method: fc.constantFrom('GET', 'POST', 'CONNECT', 'OPTIONS', 'get'),
        path: fc.constantFrom('/v1/ws', '*', '//v1/ws', '/v1/ws#x', '/%', 'http://x/v1/ws', '/v1/rooms/%00/snapshot'),
        name: fc.constantFrom(
          'Origin',
          'Sec-WebSocket-Protocol',
          'Sec-WebSocket-Extensions',
          'Sec-WebSocket-Key',
          'Cookie',
          'Authorization',
          'X-Forwarded-For',
          'Content-Length',
        ),
        value,
      })
      .map(({ method, path, name, value }) =>
        Buffer.from(upgradeRequest({ method, path, headers: { [name]: value } })),
      ),
  )
  await fc.assert(
    fc.asyncProperty(request, async (bytes) => {
      const raw = await openRaw(service.port)
      raw.write(bytes)
      raw.socket.end()
      raw.socket.resume()
      await raw.ended()
    }),
    OPTIONS,
  )
  await canary.sings()
  await canary.isAlone()
})

/** A connection that must not notice anything of all this. */
async function startCanary(service: Service) {
  await service.makeRoom('lobby-canary', 'private', { canary: 'owner' })
  const peer: Peer = await service.signIn('canary')
  await peer.open('lobby-canary')
  return {
    async sings() {
      const { seq } = await peer.say('lobby-canary', 'still here')
      await peer.push('message.created', (item) => item.seq === seq)
    },
    /** Nothing stays behind of the connections that came and went. */
    async isAlone() {
      for (;;) {
        const { body } = await service.call('GET', '/metrics')
        if (/^parlor_connections 1$/m.test(body)) return
        await peer.command({ type: 'ping' })
      }
    },
  }
}
