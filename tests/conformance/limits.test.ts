import { uuidv7 } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { UpgradeRefused } from './peer.ts'

test('[LIMIT-1] a connection has 10 commands a second, 50 at once; more are refused, and nothing else changes', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true })
  const ann = await service.signIn('ann')
  const answers = (count: number) =>
    Promise.all(Array.from({ length: count }, () => ann.reply(ann.send({ type: 'ping' }))))
  const burst = await answers(60)
  expect(burst.filter((item) => item.ok)).toHaveLength(50)
  const errors = burst.slice(50).map((item) => item.error)
  for (const error of errors) expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: 100 })
  await clock.advance(100)
  expect((await answers(2)).map((item) => 'ok' in item)).toEqual([true, false])
  await clock.advance(1_000)
  expect((await answers(12)).filter((item) => item.ok)).toHaveLength(10)
})

test('[LIMIT-1] a command above the rate is not carried out', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true })
  const ann = await service.signIn('ann')
  for (let i = 0; i < 50; i++) await ann.command({ type: 'ping' })
  expect((await ann.refused({ type: 'room.join', roomId: 'general' })).code).toBe('rate_limited')
  await clock.advance(1_000)
  expect((await ann.open('general')).head).toBe(0)
})

test('[LIMIT-1] [LIMIT-2] what is refused for its form counts too', async () => {
  const service = await startService({ hasDefaultLimits: true })
  const ann = await service.signIn('ann')
  const refs = Array.from({ length: 300 }, (_, at) =>
    ann.send({
      type: 'message.send',
      roomId: 'general',
      id: `019e2a7c-6f00-7000-8000-${String(at).padStart(12, '0')}`,
      text: '',
    }),
  )
  expect((await ann.reply(refs[0] ?? 0)).error).toMatchObject({ code: 'message_empty' })
  expect((await ann.reply(refs[60] ?? 0)).error).toMatchObject({ code: 'rate_limited' })
  expect(await ann.closed).toMatchObject({ code: 4429 })
})

test('[LIMIT-2] who goes on through 200 refusals is closed with 4429; who waits is not', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true })
  const [flooder, patient] = [await service.signIn('flooder'), await service.signIn('patient')]
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 150; i++) await patient.reply(patient.send({ type: 'ping' }))
    await clock.advance(6_000)
    await patient.command({ type: 'ping' })
  }
  for (let i = 0; i < 260; i++) flooder.send({ type: 'ping' })
  expect(await flooder.closed).toMatchObject({ code: 4429 })
  expect(flooder.items.filter((item) => item.error?.code === 'rate_limited')).toHaveLength(201)
  await patient.command({ type: 'ping' })
})

test('[LIMIT-3] a user sends 5 messages a second, 10 at once, over all connections; refused ones can be sent again', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true })
  const [desk, phone, bo] = [await service.signIn('ann'), await service.signIn('ann'), await service.signIn('bo')]
  for (let i = 0; i < 5; i++) {
    await desk.say('general', `desk ${i}`)
    await phone.say('lobby-1', `phone ${i}`)
  }
  const late = { type: 'message.send', roomId: 'general', id: uuidv7(), text: 'late' }
  const error = await desk.refused(late)
  expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 200 })
  expect((await phone.refused({ ...late, id: uuidv7() })).code).toBe('rate_limited')
  await bo.say('general', 'not limited')
  await clock.advance(error.retryAfterMs ?? 0)
  const sent = await desk.command({ ...late, attempt: 2 })
  expect((await desk.command({ type: 'message.list', roomId: 'general', limit: 1 })).messages[0].seq).toBe(sent.seq)
})

test('[LIMIT-3] a room takes 50 messages a second, whoever sends', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true, config: { maxNewConnectionsPerIp: 1_000 } })
  const peers = await Promise.all(Array.from({ length: 12 }, (_, i) => service.signIn(`user-${i}`)))
  const send = { type: 'message.send', roomId: 'general', text: 'x' }
  const replies = await Promise.all(
    peers.flatMap((peer) => Array.from({ length: 5 }, () => peer.reply(peer.send({ ...send, id: uuidv7() })))),
  )
  expect(replies.filter((item) => item.ok)).toHaveLength(50)
  expect(new Set(replies.filter((item) => item.error).map((item) => item.error.code))).toEqual(
    new Set(['rate_limited']),
  )
})

test('[LIMIT-4] a user’s 21st connection is refused with 1013, and those before it stay', async () => {
  const service = await startService({ hasDefaultLimits: true, config: { maxNewConnectionsPerIp: 1_000 } })
  const peers = await Promise.all(Array.from({ length: 20 }, () => service.signIn('ann')))
  const one = await service.connect()
  const error = await one.refused({ type: 'hello', token: service.token('ann') })
  expect(error).toMatchObject({ code: 'too_many_connections', retryable: true })
  expect(await one.closed).toMatchObject({ code: 1013 })
  await Promise.all(peers.map((peer) => peer.command({ type: 'ping' })))
  await service.signIn('bo')
  peers[0]?.socket.close()
  await peers[0]?.closed
  await service.signIn('ann')
})

test('[LIMIT-5] an address has 100 sockets that are not signed in, and those that are don’t count', async () => {
  const config = { maxNewConnectionsPerIp: 1_000, arrivalsPerSecond: 1_000 }
  const service = await startService({ hasDefaultLimits: true, config })
  for (let i = 0; i < 30; i++) await service.signIn(`user-${i}`)
  const waiting = await Promise.all(Array.from({ length: 100 }, () => service.connect()))
  const refused = await service.connect().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(UpgradeRefused)
  expect(refused).toMatchObject({ status: 429 })
  expect(Number((refused as UpgradeRefused).headers['retry-after'])).toBeGreaterThanOrEqual(1)
  await waiting[0]?.hello(service.token('ann'))
  await service.connect()
})

test('[LIMIT-5] an address opens 20 sockets a second, five seconds’ worth at once', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, hasDefaultLimits: true })
  const attempt = () => service.connect().then((peer) => peer.hello(service.token(uuidv7())), statusOf)
  for (let i = 0; i < 100; i++) expect(await attempt()).not.toBe(429)
  expect(await attempt()).toBe(429)
  await clock.advance(1_000)
  const later = []
  for (let i = 0; i < 25; i++) later.push(await attempt())
  expect(later.filter((answer) => answer === 429)).toHaveLength(5)
})

test('[LIMIT-5] X-Forwarded-For names the address only where its proxy is trusted', async () => {
  const config = { maxNewConnectionsPerIp: 1 }
  const untrusted = await startService({ config })
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  for (let i = 0; i < 5; i++) await untrusted.connect(from(`203.0.113.${i}`))
  expect(await untrusted.connect(from('203.0.113.9')).catch(statusOf)).toBe(429)
  expect(untrusted.log.filter((line) => line.includes('TRUST_PROXY'))).toHaveLength(1)

  const trusted = await startService({ config: { ...config, trustProxy: ['1'] } })
  for (let i = 0; i < 20; i++) await trusted.connect(from(`203.0.113.${i}`))
  for (let i = 0; i < 5; i++) await trusted.connect(from('198.51.100.7, 203.0.113.200'))
  expect(await trusted.connect(from('198.51.100.8, 203.0.113.200')).catch(statusOf)).toBe(429)
})

test('[LIMIT-6] a full service refuses one more with 503, until somebody goes', async () => {
  const service = await startService({ config: { maxConnections: 2 } })
  const [ann] = [await service.signIn('ann'), await service.signIn('bo')]
  await expect(service.connect()).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '10' } })
  ann?.socket.close()
  await ann?.closed
  await service.signIn('cy')
})

test('[LIMIT-8] who comes in a storm is told when to come back, by a socket or at the upgrade; who is here goes on', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, config: { arrivalsPerSecond: 10 } })
  const ann = await service.signIn('ann')
  await service.connect()
  await service.connect()
  const late = await service.connect()
  const { error } = await late.push('error')
  expect(error).toMatchObject({ code: 'rate_limited', retryable: true })
  expect(await late.closed).toEqual({ code: 1013, reason: 'rate_limited' })
  // Whatever it says meanwhile isn't answered.
  expect(late.items.filter(({ ref }) => ref !== undefined)).toEqual([])
  const answers = await Promise.all(Array.from({ length: 60 }, () => service.connect().catch((refusal) => refusal)))
  const refusals = answers.filter((answer) => answer instanceof UpgradeRefused)
  expect(refusals.length).toBeGreaterThan(0)
  for (const refusal of refusals) {
    expect(refusal.status).toBe(503)
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  }
  // It is no fault of the service: who is here chats, and a balancer has no reason to take it out.
  await ann.say('general', 'still here')
  expect((await fetch(`http://127.0.0.1:${service.port}/readyz`)).status).toBe(200)
  const metrics = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text()
  expect(metrics).toContain('\nparlor_turned_away 61\n')
  expect(metrics).toContain('\nparlor_arrivals_per_second 10\n')
  await clock.advance(error.retryAfterMs)
  await service.signIn('late')
})

test('[LIMIT-8] a storm is told of once in the log', async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, config: { arrivalsPerSecond: 1 } })
  const crowd = () => Promise.all(Array.from({ length: 5 }, () => service.connect().catch(statusOf)))
  await crowd()
  expect(service.log.filter((line) => line.includes('more connections arrive'))).toHaveLength(1)
  await clock.advance(60_000)
  await crowd()
  expect(service.log.filter((line) => line.includes('more connections arrive'))).toHaveLength(2)
})

function statusOf(error: unknown): number {
  if (error instanceof UpgradeRefused) return error.status
  throw error
}
