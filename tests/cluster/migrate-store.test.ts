/** `parlor migrate-store`, from real SQLite to real PostgreSQL: beside a service that writes, killed, and checked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { migrateStore } from '../../packages/server/src/store/migration/migrate-store.ts'
import type { Row } from '../../packages/server/src/store/migration/rows.ts'
import { CopyTarget } from '../../packages/server/src/store/postgres/copy-target.ts'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { Stage, type Step, stepArbitrary } from '../../packages/server/src/store/random-work.contract.ts'
import { createSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts'
import { tempDatabases } from '../../packages/server/src/store/sqlite/temp-folder.contract.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { findFreePort } from '../../scripts/free-port.ts'
import { openPeer, type Peer } from '../conformance/peer.ts'
import { mintChatToken, SECRET } from '../conformance/tokens.ts'
import { GENEROUS } from '../faults/campaign/unit.ts'
import { PostgresServer } from '../support/postgres.ts'
import { ROOT, startParlor } from '../support/processes.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await PostgresServer.start()
})
afterAll(() => postgres.stop())
const nextFile = tempDatabases()

describe('migrate-store', () => {
  test('[G1] [G4] everything is there, whoever wrote meanwhile; who was connected goes on from where they were', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const store = await createSqliteStore({ path: from })
    const stages = ['a', 'b', 'c', 'd'].map((run) => new Stage(run, 'private'))
    const work = workOf(store, stages)
    await work(1_500)
    await store.revokeSession('laptop', Date.now() + 3_600_000)
    await send(store, 'hall', 1)
    const { epoch, head } = await store.openRoom(HALL)
    await send(store, 'hall', 2)

    // While it writes.
    const [live] = await Promise.all([migrateStore({ from, to }), work(800)])
    expect(live).toMatchObject({ isFinal: false, copied: { rooms: expect.any(Number) } })
    await work(300)
    const again = await migrateStore({ from, to })
    expect(again.isFinal).toBe(false)
    expect(again.copied.messages).toBeLessThan(live.copied.messages + 800)
    await work(100)
    const wanted = await pictureOf(store, stages)
    await store.close()

    const last = await migrateStore({ from, to })
    expect(last.isFinal).toBe(true)
    expect(last.compared?.messages).toBeGreaterThan(20)
    // Once more finds nothing to do.
    expect((await migrateStore({ from, to })).copied).toEqual({ rooms: 0, members: 0, messages: 0 })

    const moved = await createPostgresStore({ url: to })
    onTestFinished(() => moved.close())
    expect(await pictureOf(moved, stages)).toEqual(wanted)
    expect(await moved.listRevokedSessions()).toEqual(['laptop'])
    await send(moved, 'hall', 3)
    const opened = await moved.openRoom({ ...HALL, since: { epoch, seq: head } })
    expect(opened).toMatchObject({ range: { from: head, messages: [{ text: 'text 2' }, { text: 'text 3' }] } })
  })

  test('killed in the middle, it goes on when it is run again', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    await fill(from)
    const there = new Client({ connectionString: to })
    await there.connect()
    onTestFinished(() => there.end())
    const killed = runCommand(from, to)
    await untilSomeAreThere(there)
    killed.child.kill('SIGKILL')
    await killed.exited
    const again = runCommand(from, to)
    expect(await again.exited).toBe(0)
    expect(again.output()).toContain('Compared 5 rooms, 5 members, 12000 messages: nothing differs.')
  })

  test('a PostgreSQL that dies in the middle is one line, and no harm', async () => {
    const dying = await PostgresServer.start()
    onTestFinished(() => dying.stop())
    const [from, to] = [nextFile(), await dying.createDatabase()]
    await fill(from)
    const there = new Client({ connectionString: to })
    there.on('error', () => {})
    await there.connect()
    const cut = runCommand(from, to)
    await untilSomeAreThere(there)
    await dying.kill()
    expect(await cut.exited).toBe(1)
    expect(cut.output()).toMatch(/^parlor: the copy was cut off \(.*\); run it again, and it goes on\n$/)
    await dying.restart()
    const again = runCommand(from, to)
    expect(await again.exited).toBe(0)
    expect(again.output()).toContain('nothing differs.')
  })

  test('a copy that differs, a history of its own and strangers are refused, and named', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const store = await createSqliteStore({ path: from })
    for (const at of [1, 2, 3]) await send(store, 'general', at)
    await store.close()
    await migrateStore({ from, to })
    const there = new Client({ connectionString: to })
    await there.connect()
    onTestFinished(() => there.end())
    await there.query("UPDATE parlor.messages SET text = 'something else' WHERE id = 'm-2'")
    await expect(migrateStore({ from, to })).rejects.toThrow(
      'The copy of the room "general" differs in messages: 3 here, 3 there.',
    )
    await there.query("DELETE FROM parlor.messages WHERE id = 'm-2'")
    await expect(migrateStore({ from, to })).rejects.toThrow('differs in messages: 3 here, 2 there.')

    // A sign-out that only PostgreSQL knows of must not be taken out.
    await there.query('DROP SCHEMA parlor CASCADE')
    await migrateStore({ from, to })
    const serve = async (work: (moved: Store) => Promise<unknown>) => {
      const moved = await createPostgresStore({ url: to })
      await work(moved)
      await moved.close()
    }
    await serve((moved) => moved.revokeSession('phone', Date.now() + 3_600_000))
    await expect(migrateStore({ from, to })).rejects.toThrow('The copy of revoked_sessions differs: 0 here, 1 there')
    await serve(async (moved) => {
      expect(await moved.listRevokedSessions()).toEqual(['phone'])
      await expect(migrateStore({ from, to })).rejects.toThrow('A service is running on the PostgreSQL database')
      await send(moved, 'general', 4)
    })
    await expect(migrateStore({ from, to })).rejects.toThrow('The room "general" has another history in PostgreSQL')
    await serve((moved) => send(moved, 'elsewhere', 5))
    await expect(migrateStore({ from, to })).rejects.toThrow('has rooms of its own, such as "elsewhere"')
  })

  test('[G7] an unfinished copy shows nobody a room, and no service starts on it', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const store = await createSqliteStore({ path: from })
    await send(store, 'general', 1)
    // Beside a service, a run is never the last one.
    expect((await migrateStore({ from, to })).isFinal).toBe(false)
    await expect(createPostgresStore({ url: to })).rejects.toThrow(
      'The copy from SQLite in this database is not finished',
    )
    const target = await CopyTarget.open(to)
    onTestFinished(() => target.close())
    await target.claim()
    await target.addRooms(['hall'])
    expect((await target.readRooms(['hall']))[0]).toMatchObject({ kind: 'private' })
    await send(store, 'hall', 2)
    await store.close()
    await migrateStore({ from, to })
    await (await createPostgresStore({ url: to })).close()
  })

  test('[G1] a run that slept while another one finished writes nothing any more', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const store = await createSqliteStore({ path: from })
    await send(store, 'general', 1)
    await store.close()
    const asleep = await CopyTarget.open(to)
    onTestFinished(() => asleep.close())
    await asleep.claim()
    await asleep.addRooms(['general'])
    await migrateStore({ from, to })
    const before = await asleep.readRooms(['general'])
    const [room] = before as [Row]
    const late = { ...room, head: 0, kind: 'public' }
    for (const write of [
      () => asleep.write({ epochs: [], members: [], messages: [], rooms: [late] }),
      () => asleep.putLoose('revoked_sessions', [{ sid: 'sid', until: 1 }]),
      () => asleep.addRooms(['another']),
      () => asleep.finish(),
    ])
      await expect(write()).rejects.toThrow('Another run has begun to copy to this database')
    expect(await asleep.readRooms(['general'])).toEqual(before)
  })

  test('a database of another service is refused, and left as it was', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const [here, there] = [await createSqliteStore({ path: from }), await createPostgresStore({ url: to })]
    for (const roomId of ['general', 'secret']) await send(here, roomId, 1)
    await send(there, 'general', 2)
    for (const one of [here, there]) await one.close()
    await expect(migrateStore({ from, to })).rejects.toThrow('has rooms of its own, such as "general"')
    const after = await createPostgresStore({ url: to })
    onTestFinished(() => after.close())
    expect([...(await after.readHeads(['general', 'secret'])).keys()]).toEqual(['general'])
  })

  test('a sign-out that has run out by itself makes no difference', async () => {
    const [from, to] = [nextFile(), await postgres.createDatabase()]
    const store = await createSqliteStore({ path: from })
    await store.revokeSession('old', Date.now() + 300)
    await store.close()
    await migrateStore({ from, to })
    await new Promise((resolve) => setTimeout(resolve, 400))
    const again = await createSqliteStore({ path: from })
    // It forgets the other one.
    await again.revokeSession('new', Date.now() + 3_600_000)
    await again.close()
    expect((await migrateStore({ from, to })).isFinal).toBe(true)
  })

  test('what can’t be read or reached is one line', async () => {
    const nobody = `postgres://127.0.0.1:${await findFreePort()}/parlor`
    const to = await postgres.createDatabase()
    const missing = runCommand('/nowhere/parlor.db', to)
    expect(await missing.exited).toBe(1)
    expect(missing.output()).toBe('parlor: There is no database /nowhere/parlor.db.\n')
    const folder = runCommand(tmpdir(), to)
    expect(await folder.exited).toBe(1)
    expect(folder.output()).toBe(`parlor: ${tmpdir()} is a folder: name the database file in it.\n`)
    const from = nextFile()
    await (await createSqliteStore({ path: from })).close()
    const unreachable = runCommand(from, nobody)
    expect(await unreachable.exited).toBe(1)
    expect(unreachable.output()).toMatch(/^parlor: PostgreSQL can't be used: .*\n$/)
    const wrong = runCommand(from, 'mysql://localhost')
    expect(await wrong.exited).toBe(1)
    expect(wrong.output()).toMatch(/^parlor: migrate-store takes two databases: .*\n$/)
  })

  test('[G3] a service that moved shows a returning client what it missed, and no more', async () => {
    const [database, to] = [nextFile(), await postgres.createDatabase()]
    const port = await findFreePort()
    const old = await startParlor({ port, database, secret: SECRET, env: GENEROUS })
    onTestFinished(() => old.kill())
    const [ada, bob] = [await signIn(port, 'ada'), await signIn(port, 'bob')]
    await ada.say('general', 'one')
    const { epoch, head } = (await bob.open('general')) as unknown as { epoch: string; head: number }
    bob.socket.close()
    const running = runCommand(database, to)
    expect(await running.exited).toBe(0)
    expect(running.output()).toContain('A service is running on')
    await ada.say('general', 'two')
    await old.stop()
    const last = runCommand(database, to)
    expect(await last.exited).toBe(0)
    expect(last.output()).toContain('Compared 1 room, 1 member, 2 messages: nothing differs.')

    const fresh = await startParlor({
      port,
      database: '',
      secret: SECRET,
      env: { ...GENEROUS, PARLOR_DATABASE_URL: to },
    })
    onTestFinished(() => fresh.kill())
    const [back, eve] = [await signIn(port, 'bob'), await signIn(port, 'eve')]
    await eve.say('general', 'three')
    const opened = await back.command({ type: 'room.open', roomId: 'general', since: { epoch, seq: head } })
    const range = opened.range as unknown as { messages: { text: string }[] }
    expect(range.messages.map(({ text }) => text)).toEqual(['two', 'three'])
  })
})

/** 12,000 messages in five rooms. */
async function fill(path: string): Promise<void> {
  const store = await createSqliteStore({ path, maxQueued: 100_000 })
  await Promise.all(Array.from({ length: 12_000 }, (_, at) => send(store, `room-${at % 5}`, at)))
  await store.close()
}

/** The moment when some of the messages are there, in the middle of a run. */
async function untilSomeAreThere(there: Client): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await there.query('SELECT count(*)::int AS count FROM parlor.messages')
      expect(rows[0].count).toBeGreaterThan(0)
    },
    { timeout: 60_000, interval: 5 },
  )
}

/** Makes up steps in these rooms, a few at once. */
function workOf(store: Store, stages: readonly Stage[]): (count: number) => Promise<void> {
  let seed = 1
  return async (count) => {
    const steps = fc.sample(stepArbitrary, { numRuns: count, seed: seed++ })
    if (seed === 2) for (const stage of stages) await stage.perform(store, stage.opening)
    const each = stages.map(async (stage, index) => {
      for (const step of steps.filter((_: Step, at: number) => at % stages.length === index))
        await stage.perform(store, step)
    })
    await Promise.all(each)
  }
}

const HALL = { roomId: 'hall', userId: 'ada', isOpen: true, limit: 5 }

/** All that these people can read. */
async function pictureOf(store: Store, stages: readonly Stage[]): Promise<unknown> {
  const answers: unknown[] = []
  for (const stage of stages)
    for (const { id: userId } of stage.people)
      for (const roomId of stage.rooms) {
        const place = { roomId, userId, isOpen: stage.isOpen(roomId) }
        for (const since of [undefined, { epoch: 'another', seq: 1 }])
          answers.push(await store.openRoom({ ...place, ...(since && { since }), limit: 100 }).catch(codeOf))
        answers.push(await store.listMembers({ ...place, limit: 100 }).catch(codeOf))
      }
  return answers
}

function codeOf(error: { code?: string }): string {
  return error.code ?? String(error)
}

function send(store: Store, roomId: string, at: number): Promise<unknown> {
  const actor = { user: { id: 'ada', name: 'Ada', picture: null }, isServer: false }
  return store.sendMessage({
    actor,
    roomId,
    isOpen: true,
    messageId: `m-${at}`,
    text: `text ${at}`,
    hash: `h${at}`,
    attempt: 1,
  })
}

async function signIn(port: number, userId: string): Promise<Peer> {
  const peer = await openPeer(`ws://127.0.0.1:${port}/v1/ws`)
  onTestFinished(() => peer.socket.terminate())
  await peer.hello(mintChatToken(userId))
  return peer
}

/** The command in a process of its own. */
function runCommand(from: string, to: string) {
  const args = [
    '--conditions=@parlor/source',
    'packages/cli/src/main.ts',
    'migrate-store',
    '--from',
    `file:${from}`,
    '--to',
    to,
  ]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return { child, exited, output: () => output }
}
