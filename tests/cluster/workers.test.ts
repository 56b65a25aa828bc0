/** `parlor start --workers`: several processes behind one port. Some of them are killed; what people saw is judged. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { formatViolation, judge, runWorkload } from '@parlor/verify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findFreePort } from '../../scripts/free-port.ts'
import { openPeer } from '../conformance/peer.ts'
import { mintChatToken, mintServerToken, SECRET } from '../conformance/tokens.ts'
import { GENEROUS } from '../faults/campaign/unit.ts'
import { PostgresServer } from '../support/postgres.ts'
import { type Program, spawnParlor, startParlor } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'

// Only a bound for what hangs: a busy machine takes long to settle.
vi.setConfig({ testTimeout: 170_000 })

test('[G1] [G2] [G3] [G5] [G6] [G11] workers may be killed or replaced, and all of them are one service', async () => {
  const { program, port } = await startWorkers(3)
  const url = `http://127.0.0.1:${port}`
  const log = await runWorkload({
    url,
    directUrl: url,
    tokenFor: ({ id, name }) => mintChatToken(id, { claims: { name } }),
    serverToken: () => mintServerToken(),
    seconds: 8,
    operationsPerSecond: 6,
    async during(control) {
      await control.acks(10)
      const heal = control.fault({ name: 'a worker is killed' })
      process.kill(pidsOf(program)[0] ?? 0, 'SIGKILL')
      heal()
      await vi.waitFor(() => expect(deathsOf(program)).toHaveLength(1), { timeout: 60_000 })
      // Who is starting keeps nobody from an answer.
      for (let asked = 0; asked < 5; asked++) expect(await statusOf(`${url}/metrics`)).toBe(200)
      await listening(program, 4)
      await control.acks(10)
      // One that is asked to go drains first, and another takes its place.
      process.kill(pidsOf(program)[1] ?? 0, 'SIGTERM')
      await listening(program, 5)
      await control.acks(10)
    },
  })
  expect(judge(log).map((violation) => formatViolation(violation))).toEqual([])
  expect(deathsOf(program)).toHaveLength(1)
  expect(await program.stop()).toEqual({ code: 0, signal: null })
})

test('who is on the way to a worker that dies is let go at once, and served by the others', async () => {
  const { program, port } = await startWorkers(2)
  const [victim = 0] = pidsOf(program)
  process.kill(victim, 'SIGSTOP')
  const ask = () => statusOf(`http://127.0.0.1:${port}/healthz`)
  // Handed out in turn: one of two is on its way to the worker that doesn't take it.
  const asked = Promise.allSettled([ask(), ask()])
  await ask()
  process.kill(victim, 'SIGKILL')
  expect((await asked).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await ask()).toBe(200)
})

test('metrics are those of all workers, and what is said on one is heard on every other', async () => {
  const { program, port } = await startWorkers(2)
  const peers = []
  for (let at = 0; at < 6; at++) {
    const peer = await openPeer(`ws://127.0.0.1:${port}/v1/ws`)
    onTestFinished(() => peer.socket.terminate())
    await peer.hello(mintChatToken(`user-${at}`))
    await peer.open('general')
    peers.push(peer)
  }
  await peers[0]?.say('general', 'hello all')
  // Handed out in turn: three are on the other worker.
  for (const peer of peers.slice(1))
    expect(await peer.push('message.created')).toMatchObject({ message: { text: 'hello all' } })
  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`)
  expect(metrics.headers.get('content-type')).toContain('text/plain')
  const text = await metrics.text()
  expect(text).toMatch(/^parlor_workers 2$/m)
  expect(text).toMatch(/^parlor_connections 6$/m)
  expect(text).toMatch(/^parlor_bus_up 1$/m)
  expect(text).toMatch(/^parlor_sign_ins_total\{.*\} 6$/m)
  const deliveries = Number(/^parlor_deliveries (\d+)$/m.exec(text)?.[1])

  // What one counted that is gone stays.
  process.kill(pidsOf(program)[0] ?? 0, 'SIGKILL')
  await listening(program, 3)
  const later = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(later).toMatch(/^parlor_workers 2$/m)
  expect(later).toMatch(/^parlor_connections 3$/m)
  expect(later).toMatch(/^parlor_sign_ins_total\{.*\} 6$/m)
  expect(Number(/^parlor_deliveries (\d+)$/m.exec(later)?.[1])).toBeGreaterThanOrEqual(deliveries)
  expect(await program.stop()).toEqual({ code: 0, signal: null })
  const codes = await Promise.all(peers.map(async (peer) => (await peer.closed).code))
  expect(codes.sort()).toEqual([1006, 1006, 1006, 1012, 1012, 1012])
})

test('all that end together answer until they have drained, and one is replaced before it has', async () => {
  const { program, port } = await startWorkers(2, { PARLOR_DRAIN_MS: '6000' })
  // Some on each: nobody drains for nobody.
  for (const name of ['ada', 'bob', 'eve', 'kim', 'lee', 'may', 'pat', 'sue']) {
    const peer = await openPeer(`ws://127.0.0.1:${port}/v1/ws`)
    onTestFinished(() => peer.socket.terminate())
    await peer.hello(mintChatToken(name))
  }
  const [one = 0] = pidsOf(program)
  process.kill(one, 'SIGTERM')
  await listening(program, 3)
  program.signal('SIGTERM')
  await vi.waitFor(async () => expect(await statusOf(`http://127.0.0.1:${port}/readyz`)).toBe(503), { timeout: 2_000 })
  expect(await statusOf(`http://127.0.0.1:${port}/healthz`)).toBe(200)
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(deathsOf(program)).toEqual([])
})

test('a port in use ends all of it', async () => {
  const { env, port } = await prepare()
  const other = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const program = spawnParlor({ port, database: '', secret: SECRET, env, workers: 2 })
  onTestFinished(() => program.kill())
  expect(await program.exited).toEqual({ code: 1, signal: null })
  expect(program.lines.filter((line) => line.startsWith('parlor:'))).toEqual([
    `parlor: port ${port} is in use; set PORT to another one`,
  ])
})

test('a first worker that is killed while it starts ends all of it, and why is said', async () => {
  const { env, port } = await prepare()
  const program = spawnParlor({ port, database: '', secret: SECRET, env, workers: 2 })
  onTestFinished(() => program.kill())
  const childrenOf = () => readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8').trim()
  await vi.waitFor(() => expect(childrenOf()).not.toBe(''), { timeout: 30_000, interval: 5 })
  process.kill(Number(childrenOf()), 'SIGKILL')
  expect(await program.exited).toEqual({ code: 1, signal: null })
  expect(program.lines.join()).toContain('the first worker was killed while it started')
})

test('workers that could not share their rooms are refused in one line', async () => {
  expect(await refusal({ PARLOR_DATABASE_URL: 'file:./parlor.db' })).toEqual([
    'parlor: several workers need PostgreSQL: set PARLOR_DATABASE_URL to postgres://USER:PASSWORD@HOST/DATABASE',
  ])
  expect(await refusal({ PARLOR_DATABASE_URL: 'postgres://localhost/parlor' })).toEqual([
    'parlor: several workers need Redis to hear each other: set REDIS_URL to redis://HOST:PORT',
  ])
  expect(await refusal({}, 0)).toEqual([
    'parlor: start takes `--workers N`, from 1 to 128 or auto; everything else is set by environment variables',
  ])
})

test('when the first worker can’t start, none does, and its reason is told once', async () => {
  const [port, nobody] = [await findFreePort(), await findFreePort()]
  const env = { PARLOR_DATABASE_URL: `postgres://127.0.0.1:${nobody}/parlor`, REDIS_URL: `redis://127.0.0.1:${nobody}` }
  const program = spawnParlor({ port, database: '', secret: SECRET, env, workers: 3 })
  expect(await program.exited).toEqual({ code: 1, signal: null })
  expect(program.lines.filter((line) => line.startsWith('parlor:'))).toHaveLength(1)
})

test('workers that are still starting when all are to stop end at once, and are not waited for', async () => {
  const { env, port } = await prepare()
  const program = spawnParlor({ port, database: '', secret: SECRET, env, workers: 3 })
  onTestFinished(() => program.kill())
  await listening(program, 1)
  program.signal('SIGTERM')
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.lines.filter((line) => line.includes('did not end'))).toEqual([])
})

async function startWorkers(workers: number, more: Record<string, string> = {}) {
  const { env, port } = await prepare()
  const program = await startParlor({ port, database: '', secret: SECRET, env: { ...env, ...more }, workers })
  onTestFinished(() => program.kill())
  await listening(program, workers)
  return { program, port }
}

/** A database and a Redis that are there, as settings, and a port. */
async function prepare(): Promise<{ env: Record<string, string>; port: number }> {
  const postgres = await PostgresServer.start()
  onTestFinished(() => postgres.stop())
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const port = await findFreePort()
  const env = {
    ...GENEROUS,
    PARLOR_DATABASE_URL: await postgres.createDatabase(),
    REDIS_URL: redis.url,
    LOG_LEVEL: 'info',
  }
  return { env, port }
}

/** Until so many workers have said that they listen, those that are gone included. */
async function listening(program: Program, count: number): Promise<void> {
  await vi.waitFor(() => expect(pidsOf(program).length).toBeGreaterThanOrEqual(count), { timeout: 60_000 })
}

/** On a connection of its own, which nobody used before. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).once('error', reject)
  })
}

function deathsOf(program: Program): string[] {
  return program.lines.filter((line) => line.includes('"a worker died"'))
}

function pidsOf(program: Program): number[] {
  return program.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { msg: string; pid: number })
    .filter(({ msg }) => msg === 'listening')
    .map(({ pid }) => pid)
}

async function refusal(env: Record<string, string>, workers = 2): Promise<string[]> {
  const program = spawnParlor({ port: 0, database: 'none', secret: SECRET, env, workers })
  expect(await program.exited).toEqual({ code: 1, signal: null })
  return program.lines
}
