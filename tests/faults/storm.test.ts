/** Many clients that come back together: everybody gets everything or a reset, and the store is read about once a room. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatServer, createLog } from '@parlor/server'
import { expect, onTestFinished, test } from 'vitest'
import { createSqliteStore } from '../../packages/server/src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { openPeer, type Peer, type Result } from '../conformance/peer.ts'
import { mintChatToken, SECRET } from '../conformance/tokens.ts'

const CLIENTS = 1_000

/** A dead socket, a restart and a restored backup differ in what they have in common: the store is read for the first few. */
const FEW_READS = 3

test('[G12] a thousand clients of a room whose sockets die are back with a read or two, and miss nothing', async () => {
  const service = await startService()
  await service.makeRoom('team', CLIENTS)
  const people = await service.everybody('team', CLIENTS)
  const before = service.reads()
  for (const { peer } of people) peer.socket.terminate()
  await service.say('team', 5)
  const opened = await comeBack(service, people)
  expect(service.reads() - before).toBeLessThanOrEqual(FEW_READS)
  await expectEverything(service, people, opened, 'range')
}, 120_000)

test('[G12] the same after a restart of the service, which remembers nothing', async () => {
  const service = await startService()
  await service.makeRoom('team', CLIENTS)
  const people = await service.everybody('team', CLIENTS)
  await service.say('team', 5)
  await service.restart()
  const opened = await comeBack(service, people)
  expect(service.reads()).toBeLessThanOrEqual(FEW_READS)
  await expectEverything(service, people, opened, 'range')
}, 120_000)

test('[G12] [RESUME-4] the same when more has changed than a catch-up may send', async () => {
  const service = await startService()
  await service.makeRoom('team', CLIENTS)
  const people = await service.everybody('team', CLIENTS)
  for (const { peer } of people) peer.socket.terminate()
  await service.say('team', 320)
  const before = service.reads()
  const opened = await comeBack(service, people)
  expect(service.reads() - before).toBeLessThanOrEqual(FEW_READS)
  await expectEverything(service, people, opened, 'behind')
}, 120_000)

test('[G12] [G6] the same over a restored backup, whose history the clients are ahead of', async () => {
  const service = await startService()
  await service.makeRoom('team', CLIENTS)
  await service.say('team', 20)
  await service.restart(service.backUp)
  await service.say('team', 10)
  const people = await service.everybody('team', CLIENTS)
  await service.restart(service.restore)
  // In the new life of the old history, as many changes are made again.
  await service.say('team', 12)
  const before = service.reads()
  const opened = await comeBack(service, people)
  expect(service.reads() - before).toBeLessThanOrEqual(FEW_READS)
  await expectEverything(service, people, opened, 'unknown')
}, 120_000)

test('[G12] a hundred rooms of ten that come back one by one cost less than two reads a room', async () => {
  const service = await startService()
  const rooms = Array.from({ length: 100 }, (_, at) => `room-${at}`)
  for (const roomId of rooms) await service.makeRoom(roomId, 10)
  const people = (await Promise.all(rooms.map((roomId) => service.everybody(roomId, 10)))).flat()
  await Promise.all(rooms.map((roomId) => service.say(roomId, 2)))
  await service.restart()
  const spread = shuffle(people)
  const opened = await comeBack(service, spread)
  expect(service.reads()).toBeLessThan(2 * rooms.length)
  await expectEverything(service, spread, opened, 'range')
}, 120_000)

/** Everybody connects and resumes, as many at a time as a storm brings. */
async function comeBack(service: Service, people: readonly Person[]): Promise<Result[]> {
  const opened: Result[] = []
  let next = 0
  const come = async () => {
    for (let at = next++; at < people.length; at = next++) {
      const { userId, roomId, position } = people[at] as Person
      const peer = await service.signIn(userId, { rooms: [{ roomId, ...position }] })
      opened[at] = await peer.push('room.opened')
    }
  }
  await Promise.all(Array.from({ length: 64 }, come))
  return opened
}

/** What each of them got is what the store says to them now. */
async function expectEverything(
  service: Service,
  people: readonly Person[],
  opened: readonly Result[],
  wanted: 'range' | 'behind' | 'unknown',
): Promise<void> {
  for (const [at, { userId, roomId, position }] of people.entries()) {
    const { type: _, ...got } = opened[at] as Result
    expect(got.reset?.reason ?? 'range').toBe(wanted)
    expect(got).toEqual(await service.truth({ roomId, userId, since: position }))
  }
}

/** A service on a file, with a store that counts what is read of rooms. */
async function startService() {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-storm-'))
  const path = join(folder, 'parlor.db')
  const backup = join(folder, 'backup.db')
  const peers = new Set<Peer>()
  let run = await start(path)
  onTestFinished(async () => {
    for (const peer of peers) peer.socket.terminate()
    await run.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const owner = { id: 'owner', name: null, picture: null }
  const service = {
    backUp: () => cp(path, backup),
    restore: () => cp(backup, path),
    reads: () => run.counted.reads,
    /** Stops, does something to the file, and starts again. */
    async restart(between: () => Promise<void> = async () => {}) {
      for (const peer of peers) peer.socket.terminate()
      peers.clear()
      await run.stop()
      await between()
      run = await start(path)
    },
    async makeRoom(roomId: string, size: number) {
      const users = Array.from({ length: size }, (_, at) => ({ id: `person-${at}`, name: null, picture: null }))
      const members = [{ user: owner, role: 'owner' as const }, ...users.map((user) => ({ user }))]
      await run.store.upsertRoom({ roomId, kind: 'private', members })
    },
    /** Through the service, so that whoever is there is told. */
    async say(roomId: string, count: number) {
      const peer = await service.signIn('owner')
      await Promise.all(Array.from({ length: count }, (_, at) => peer.say(roomId, `message ${at}`)))
    },
    async signIn(userId: string, hello: Record<string, unknown> = {}) {
      const peer = await openPeer(`ws://127.0.0.1:${run.port}/v1/ws`)
      peers.add(peer)
      await peer.hello(mintChatToken(userId), hello)
      return peer
    },
    /** Everybody, with the room open. */
    async everybody(roomId: string, size: number): Promise<Person[]> {
      const people: Person[] = []
      for (let at = 0; at < size; at++) {
        const peer = await service.signIn(`person-${at}`)
        const { epoch, head, reset } = await peer.open(roomId)
        const last = reset.messages.at(-1)
        const newest = last && { seq: last.seq, id: last.id }
        people.push({ peer, userId: `person-${at}`, roomId, position: { epoch, seq: head, ...(newest && { newest }) } })
      }
      return people
    },
    /** Not through the service, and not counted. */
    truth: (query: Pick<Person, 'roomId' | 'userId'> & { since: Person['position'] }) =>
      run.store.openRoom({ ...query, isOpen: false, limit: 50 }),
  }
  return service
}

async function start(path: string) {
  const store = await createSqliteStore({ path })
  const counted = countReads(store)
  const many = 1_000_000
  const server = await createChatServer({
    config: {
      framesPerSecond: 100_000,
      framesBurst: many,
      sendsPerSecond: 100_000,
      sendsBurst: many,
      roomSendsPerSecond: many,
      maxNewConnectionsPerIp: 100_000,
      arrivalsPerSecond: 100_000,
      maxConnectionsPerUser: 1_000,
      maxUnauthenticatedPerIp: 100_000,
    },
    env: { AUTH_SECRET: SECRET, NODE_ENV: 'production', ALLOWED_ORIGINS: 'https://app.example.com' },
    log: createLog('fatal'),
    store: counted.store,
  })
  const { port } = await server.listen(0, '127.0.0.1')
  const stop = async () => {
    await server.close()
    await store.close()
  }
  return { store, counted, port, stop }
}

/** Every read of rooms counts, those of memberships too; not the check of all heads, which time alone decides. */
function countReads(store: Store) {
  const counted = { reads: 0, store }
  counted.store = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (READS.has(String(name))) counted.reads++
        return value.apply(target, args)
      }
    },
  })
  return counted
}

const READS = new Set(['readRoom', 'openRoom', 'readChanges', 'listRooms', 'listMembers', 'listMessages'])

function shuffle<T>(list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

// --- types ---

type Service = Awaited<ReturnType<typeof startService>>

interface Person {
  peer: Peer
  userId: string
  roomId: string
  position: { epoch: string; seq: number; newest?: { seq: number; id: string } }
}
