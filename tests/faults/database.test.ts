/** What the real service does when its database is taken, or its disk is full. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../scripts/free-port.ts'
import { FASTER_THAN_PEOPLE, type Program, spawnParlor, startParlor } from '../support/processes.ts'
import { openRawSocket, RawError, type RawSocket, ServiceApi } from '../support/service-api.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const SECRET = 'c8Qf0mVxN3s9uLr2TgHk7Vd4cJmPeB1y'

test('a second process on the same database ends with one line, and the first goes on', {
  timeout: 60_000,
}, async () => {
  const folder = await makeFolder()
  const database = join(folder, 'parlor.db')
  const port = await findFreePort()
  await start(port, database)
  const api = new ServiceApi(`http://127.0.0.1:${port}`, SECRET)
  await api.send('general', { user: { id: 'ann' }, text: 'before' })

  const second = spawnParlor({ port: await findFreePort(), database, secret: SECRET, env: FASTER_THAN_PEOPLE })
  onTestFinished(() => second.kill())
  expect(await second.exited).toMatchObject({ code: 1 })
  expect(second.lines).toHaveLength(1)
  expect(second.lines[0]).toMatch(/^parlor: .*parlor\.db is in use by another process: .*PARLOR_DATABASE_URL/)

  await api.send('general', { user: { id: 'ann' }, text: 'after' })
  const { messages } = await api.readHistory('general', 'ann')
  expect(messages.map(({ text }) => text)).toEqual(['before', 'after'])
})

test('a process that was killed leaves no lock behind', { timeout: 60_000 }, async () => {
  const database = join(await makeFolder(), 'parlor.db')
  const port = await findFreePort()
  const first = await start(port, database)
  await new ServiceApi(`http://127.0.0.1:${port}`, SECRET).send('general', { user: { id: 'ann' }, text: 'kept' })
  await first.kill()
  await start(port, database)
  const { messages } = await new ServiceApi(`http://127.0.0.1:${port}`, SECRET).readHistory('general', 'ann')
  expect(messages.map(({ text }) => text)).toEqual(['kept'])
})

test('[G13] a full disk fails sends without a false ack, reading goes on, and room on the disk is enough to recover', {
  timeout: 120_000,
}, async ({ skip }) => {
  const folder = await makeFolder()
  const disk = mountSmallDisk(folder, 2)
  if (!disk) return skip('A full disk needs a small tmpfs, and mounting one needs root on Linux.')
  onTestFinished(disk.unmount)
  const port = await findFreePort()
  const database = join(folder, 'parlor.db')
  const program = await start(port, database)
  const api = new ServiceApi(`http://127.0.0.1:${port}`, SECRET)
  const url = `ws://127.0.0.1:${port}/v1/ws`
  const acked = new Map<string, number>()

  await sendSome(url, api, acked, 5)
  expect(acked.size).toBe(5)
  await disk.fill()
  const refusals = await sendSome(url, api, acked, 200)
  // The last pages that were left may take a few; then every send is refused, and none is answered with an ack.
  expect(refusals.length).toBeGreaterThan(100)
  expect(new Set(refusals)).toEqual(new Set(['unavailable']))
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503)
  const full = await api.readHistory('general', 'ann')
  expect(full.messages.map(({ id, seq }) => [id, seq])).toEqual([...acked])
  expect(program.isRunning).toBe(true)

  await disk.empty()
  await becomesReady(port)
  const before = acked.size
  expect(await sendSome(url, api, acked, 5)).toEqual([])
  expect(acked.size).toBe(before + 5)

  await program.kill()
  await start(port, database)
  const { messages, head } = await api.readHistory('general', 'ann')
  expect(messages.map(({ id, seq }) => [id, seq])).toEqual([...acked])
  // room.created and member.joined are 1 and 2; a refused send took no number.
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 3))
  expect(head).toBe(messages.length + 2)
})

/** Sends one after the other, each under an id of its own; the codes of those that were refused. */
async function sendSome(url: string, api: ServiceApi, acked: Map<string, number>, count: number): Promise<string[]> {
  const refused: string[] = []
  let socket: RawSocket | undefined
  for (let index = 0; index < count; index++) {
    if (!socket) {
      socket = await openRawSocket(url)
      await socket.ask({ type: 'hello', token: api.chatToken('ann') })
    }
    const id = crypto.randomUUID()
    try {
      const result = await socket.ask({
        type: 'message.send',
        roomId: 'general',
        id,
        text: `${index} ${'x'.repeat(3_900)}`,
      })
      acked.set(id, (result as { seq: number }).seq)
    } catch (error) {
      if (!(error instanceof RawError) || error.code === 'lost') throw error
      refused.push(error.code)
    }
  }
  socket?.close()
  return refused
}

async function becomesReady(port: number): Promise<void> {
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, { timeout: 30_000, interval: 100 })
    .toBe(200)
}

async function start(port: number, database: string): Promise<Program> {
  const program = await startParlor({ port, database, secret: SECRET, env: FASTER_THAN_PEOPLE })
  onTestFinished(() => program.kill())
  return program
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-database-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
