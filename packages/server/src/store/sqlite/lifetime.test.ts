import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type MessageRow, type User, uuidv7 } from '@parlor/protocol'
import { expect, test, vi } from 'vitest'
import type { Store } from '../store.ts'
import { upTo } from '../world.contract.ts'
import { openForWriting } from './database.ts'
import { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()
const ann: User = { id: 'ann', name: 'Ann', picture: null }

test('[G1] after kill -9 in the middle of writing, every acked message is there once, and the numbers have no hole', {
  timeout: 60_000,
}, async () => {
  const path = newPath()
  const acked = new Map<string, string>()
  for (const enough of [300, 600]) {
    const child = spawn(process.execPath, ['--conditions=@parlor/source', CHILD, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface(child.stdout)) {
      const [roomId = '', seq = '', id = ''] = line.split(' ')
      acked.set(id, `${roomId} ${seq}`)
      if (acked.size === enough) child.kill('SIGKILL')
    }
  }
  // No lock is left behind by the dead.
  const store = await open(path)
  for (const roomId of ['room-0', 'room-1', 'room-2']) {
    const { messages, head } = await readAll(store, roomId)
    const places = messages.map(({ id, seq }) => [id, `${roomId} ${seq}`] as const)
    expect(new Map(places).size).toBe(messages.length)
    const expected = [...acked].filter(([, place]) => place.startsWith(`${roomId} `))
    expect(Object.fromEntries(places)).toMatchObject(Object.fromEntries(expected))
    expect(messages.map(({ ordinal }) => ordinal)).toEqual(upTo(messages.length))
    const { members } = await store.listMembers({ roomId, userId: 'ann', isOpen: true, limit: 100 })
    const numbers = [1, ...members.map(({ version }) => version), ...messages.map(({ seq }) => seq)]
    expect(numbers.toSorted((a, b) => a - b)).toEqual(upTo(head))
  }
  await store.close()
})

test('a file belongs to one store, under all of its names, until that is closed or dies', async () => {
  const path = newPath()
  const first = await open(path)
  const alias = newPath()
  symlinkSync(path, alias)
  const inUse = {
    name: 'StoreError',
    message: expect.stringMatching(/^The database .+\.db is in use by another process: .+PARLOR_DATABASE_URL\.$/),
  }
  await expect(open(path)).rejects.toMatchObject(inUse)
  await expect(open(alias)).rejects.toMatchObject(inUse)
  const child = spawn(process.execPath, ['--conditions=@parlor/source', CHILD, path])
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(code).toBe(1)
  expect(stderr).toContain('is in use by another process')
  await send(first)
  await first.close()
  await (await open(path)).close()
})

test('a file that cannot be used is refused with one line that says what to do', async () => {
  const folder = dirname(newPath())
  const garbage = newPath()
  writeFileSync(garbage, 'this is no database '.repeat(1_000))
  const foreign = newPath()
  const database = openForWriting(foreign, 0)
  database.exec('CREATE TABLE "User" (id TEXT)')
  database.close()
  const newer = newPath()
  await (await open(newer)).close()
  const upgraded = openForWriting(newer, 0)
  upgraded.exec("INSERT INTO parlor_migrations VALUES (1000, 'from the future', 0)")
  upgraded.close()
  for (const [path, reason] of [
    [join(folder, 'missing', 'x.db'), "can't be opened: make its folder"],
    [folder, 'is a folder'],
    [garbage, 'is damaged or no SQLite database'],
    [foreign, 'holds the tables of something else'],
    [newer, 'was written by a newer version'],
  ] as const) {
    const error = await open(path).catch((one) => one)
    expect(error).toMatchObject({ name: 'StoreError' })
    expect(error.message).toContain(`The database ${path} ${reason}`)
    expect(error.message).not.toContain('\n')
  }
})

test('[G6] each start that writes opens an epoch, named by its first change only; positions of earlier ones stay valid', async () => {
  const path = newPath()
  const startIds: string[] = []
  for (const start of upTo(3)) {
    const store = await open(path)
    startIds.push(store.startId)
    const first = await send(store)
    const second = await send(store)
    expect(first.changes[0]?.event.epoch).toBe(store.startId)
    expect(second.changes[0]).toMatchObject({ epoch: store.startId })
    expect(second.changes[0]?.event).not.toHaveProperty('epoch')
    expect(second.result.seq).toBe(2 + start * 2)
    await store.close()
  }
  // A start that only reads opens none.
  await (await open(path)).close()
  const store = await open(path)
  const [e1 = '', e2 = '', e3 = ''] = startIds
  const reasonAt = async (epoch: string, seq: number) => {
    const opened = await store.openRoom({
      roomId: 'general',
      userId: 'ann',
      isOpen: true,
      since: { epoch, seq },
      limit: 9,
    })
    expect(opened).toMatchObject({ epoch: e3, head: 8 })
    return opened.reset?.reason ?? opened.range?.from
  }
  expect(new Set(startIds).size).toBe(3)
  expect(await Promise.all([0, 1, 4, 5].map((seq) => reasonAt(e1, seq)))).toEqual([0, 1, 4, 'unknown'])
  expect(await Promise.all([3, 4, 6, 7].map((seq) => reasonAt(e2, seq)))).toEqual(['unknown', 4, 6, 'unknown'])
  expect(await Promise.all([5, 6, 8, 9].map((seq) => reasonAt(e3, seq)))).toEqual(['unknown', 6, 8, 'unknown'])
  expect(await reasonAt(store.startId, 8)).toBe('unknown')
  await store.close()
})

test('[G6] after a backup was restored, positions of what is lost are unknown, also when as much was written again', async () => {
  const [path, backup] = [newPath(), newPath()]
  let store = await open(path)
  await send(store)
  await send(store)
  await store.close()
  copyFileSync(path, backup)
  store = await open(path)
  const lost = [await send(store), await send(store)]
  const lostEpoch = store.startId
  await store.close()

  copyFileSync(backup, path)
  store = await open(path)
  const reset = async (epoch: string, seq: number) =>
    (await store.openRoom({ roomId: 'general', userId: 'ann', isOpen: true, since: { epoch, seq }, limit: 9 })).reset
  const last = lost[1]?.result.seq ?? 0
  expect((await store.readHeads(['general'])).get('general')?.head).toBe(last - 2)
  expect(await reset(lostEpoch, last)).toMatchObject({ reason: 'unknown' })
  const { changes } = await send(store)
  expect(changes[0]?.event).toMatchObject({ seq: last - 1, epoch: store.startId })
  await send(store)
  await send(store)
  expect(await reset(lostEpoch, last)).toMatchObject({ reason: 'unknown', messages: { length: 5 } })
  expect(await reset(lostEpoch, last - 1)).toMatchObject({ reason: 'unknown' })
  expect(await reset(store.startId, last)).toBeUndefined()
  await store.close()
})

test('[G13] a lock that somebody else holds ends in unavailable, without a false ack, and then all goes on', async () => {
  const path = newPath()
  const errors: Error[] = []
  const store = await open(path, { timeoutMs: 2_000, faultMemoryMs: 1_000, onError: (error) => errors.push(error) })
  await send(store)
  const shell = openForWriting(path, 0)
  shell.exec('BEGIN IMMEDIATE')
  await expect(send(store)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(store.checkHealth()).rejects.toMatchObject({ code: 'unavailable' })
  expect(errors[0]).toMatchObject({ cause: { message: 'database is locked' } })
  // Readers don't wait for the lock of a writer.
  expect((await readAll(store, 'general')).messages).toHaveLength(1)
  shell.exec('ROLLBACK')
  shell.close()
  expect((await send(store)).result.seq).toBe(4)
  // It could write again, and isn't trusted at once.
  await expect(store.checkHealth()).rejects.toMatchObject({ code: 'unavailable' })
  await vi.waitFor(() => store.checkHealth(), { timeout: 10_000 })
  await store.close()
})

test('closing waits for what is under way, and leaves one file', async () => {
  const path = newPath()
  const store = await open(path)
  const sent = upTo(50).map(() => send(store))
  await store.close()
  await store.close()
  expect(new Set((await Promise.all(sent)).map(({ result }) => result.seq)).size).toBe(50)
  await expect(readAll(store, 'general')).rejects.toMatchObject({ code: 'unavailable' })
  // Everything is in the file itself: it can be copied.
  const copy = newPath()
  copyFileSync(path, copy)
  const copied = await open(copy)
  expect((await readAll(copied, 'general')).messages).toHaveLength(50)
  await copied.close()
})

function open(path: string, options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  return createSqliteStore({ path, timeoutMs: 60_000, ...options })
}

function send(store: Store) {
  const messageId = uuidv7()
  const draft = { actor: { user: ann }, roomId: 'general', isOpen: true, messageId, text: 'hi' }
  return store.sendMessage({ ...draft, hash: messageId, attempt: 1 })
}

async function readAll(store: Store, roomId: string): Promise<{ messages: MessageRow[]; head: number }> {
  const messages: MessageRow[] = []
  for (;;) {
    const after = messages.at(-1)?.seq ?? 0
    const page = await store.listMessages({ roomId, userId: 'ann', isOpen: true, after, limit: 100 })
    messages.push(...page.messages)
    if (!page.hasNewer) return { messages, head: page.head }
  }
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const CHILD = fileURLToPath(new URL('./burst-child.contract.ts', import.meta.url))
