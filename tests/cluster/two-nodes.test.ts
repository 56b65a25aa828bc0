/** Two nodes of the service over one store and one Redis, which may be gone. */
import { uuidv7 } from '@parlor/protocol'
import type { Config } from '@parlor/server'
import { startTestServer, type TestServer } from '@parlor/server/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import { ManualClock } from '../conformance/manual-clock.ts'
import { type Item, openPeer, type Peer } from '../conformance/peer.ts'
import { type RedisProcess, startRedis } from '../support/redis.ts'

describe('two nodes', () => {
  let redis: RedisProcess
  let clock: ManualClock
  let nodes: [TestServer, TestServer]
  let startNodes: (config?: Partial<Config>) => Promise<void>
  const cleanups: (() => unknown)[] = []

  beforeEach(async () => {
    redis = await startRedis()
    cleanups.push(() => redis.stop())
    clock = new ManualClock()
    const store = createMemoryStore({ now: clock.now })
    // Time stands still but for what a test lets pass: nothing then waits for the end of a flush, or for a pong.
    const config = { redisUrl: [redis.url], flushMaxWaitMs: 0, heartbeatMs: 300_000 }
    startNodes = async (more = {}) => {
      const startNode = async () => {
        const node = await startTestServer({ store, clock, config: { ...config, ...more } })
        cleanups.push(() => node.close())
        return node
      }
      nodes = [await startNode(), await startNode()]
      await Promise.all(nodes.map((node) => busIs(node, 1)))
    }
    await startNodes()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  async function signIn(node: TestServer, userId: string, claims = {}): Promise<Peer> {
    const peer = await openPeer(`${node.url.replace('http', 'ws')}/v1/ws`)
    cleanups.push(() => peer.socket.terminate())
    await peer.hello(await node.mintToken(userId, claims))
    return peer
  }

  /** Lets so much time pass, and waits until the newest presence is like this. */
  async function passing(ms: number, peer: Peer, isLike: (presence: Item) => boolean): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      await clock.advance(500)
      // What nodes say to each other takes real time, as this does.
      await peer.command({ type: 'ping' })
    }
    await peer.until(() => {
      const newest = peer.items.findLast(({ type }) => type === 'presence')
      return newest && isLike(newest)
    }, 'such a presence')
  }

  /** How many of so many messages, sent at once, are taken. */
  async function sendMany(peer: Peer, count: number): Promise<number> {
    const refs = Array.from({ length: count }, () => peer.send(send('general')))
    const replies = await Promise.all(refs.map((ref) => peer.reply(ref)))
    return replies.filter(({ ok }) => ok).length
  }

  /** Each node tells what was spent on it, and hears it from the other: one user, and nothing more of the room than that. */
  async function untilTold(): Promise<void> {
    const before = await Promise.all(nodes.map((node) => metric(node, 'parlor_spent_heard')))
    await clock.advance(100)
    for (const [at, node] of nodes.entries())
      while ((await metric(node, 'parlor_spent_heard')) === before[at]) await clock.advance(0)
  }

  async function loseRedis(): Promise<void> {
    await redis.kill()
    await Promise.all(nodes.map((node) => busIs(node, 0)))
  }

  test('[G3] what is said on one node is heard live on the other, each change once', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'bob')]
    await ada.open('general')
    await bob.open('general')
    for (let count = 1; count <= 20; count++) {
      await ada.say('general', `ada ${count}`)
      await bob.say('general', `bob ${count}`)
    }
    for (const peer of [ada, bob]) await peer.until(() => textsOf(peer).length === 40, 'every message')
    expect(textsOf(ada)).toEqual(textsOf(bob))
    expect(seqsOf(bob)).toEqual(seqsOf(bob).map((_, index) => seqsOf(bob)[0]! + index))
  })

  test('[G4] without Redis it is heard within 5 s, also in a room that was quiet for long', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'bob')]
    await ada.say('general', 'the first')
    await bob.open('general')
    await clock.advance(60_000)
    await loseRedis()
    await ada.say('general', 'the second')
    await clock.advance(5_000)
    expect(await bob.push('room.range')).toMatchObject({ messages: [{ text: 'the second' }] })
  })

  test('[G4] when Redis is back, what is said is heard live again', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'bob')]
    await bob.open('general')
    await loseRedis()
    // Opened while nobody can be heard, and heard afterwards.
    const eve = await signIn(nodes[1], 'eve')
    await eve.open('general')
    await redis.start()
    await Promise.all(nodes.map((node) => busIs(node, 1)))
    await ada.say('general', 'hello again')
    for (const peer of [bob, eve])
      expect(await peer.push('message.created')).toMatchObject({ message: { text: 'hello again' } })
  })

  test.each([true, false])(
    '[G7] a removal on one node cuts the stream on the other; Redis is there: %s',
    async (isThere) => {
      const [ada, bob, eve] = [
        await signIn(nodes[0], 'ada'),
        await signIn(nodes[1], 'bob'),
        await signIn(nodes[1], 'eve'),
      ]
      const members = ['ada', 'bob', 'eve'].map((id) => ({ id, name: id }))
      await callServer(nodes[0], 'PUT', '/v1/rooms/team', { kind: 'private', members })
      for (const peer of [ada, bob, eve]) await peer.open('team')
      if (!isThere) await loseRedis()
      await callServer(nodes[0], 'DELETE', '/v1/rooms/team/members/bob')
      // Whatever his node has heard: the store decides what is stored, and what is read.
      expect(await bob.refused(send('team'))).toMatchObject({ code: 'removed' })
      expect(await bob.refused({ type: 'message.list', roomId: 'team' })).toMatchObject({ code: 'removed' })
      await ada.say('team', 'he is gone')
      if (!isThere) await clock.advance(5_000)
      expect(await bob.push('room.closed')).toMatchObject({ roomId: 'team', reason: 'removed' })
      await eve.until(() => textsOf(eve).includes('he is gone'), 'the message')
      expect(textsOf(bob)).toEqual([])
      expect(await bob.refused({ type: 'room.open', roomId: 'team' })).toMatchObject({ code: 'removed' })
    },
  )

  test('[G8] a sign-in that is revoked on one node is closed on the other', async () => {
    const bob = await signIn(nodes[1], 'bob', { sid: 'laptop' })
    const phone = await signIn(nodes[1], 'bob', { sid: 'phone' })
    await callServer(nodes[0], 'POST', '/v1/sessions/revoke', { sid: 'laptop' })
    expect(await bob.closed).toEqual({ code: 4403, reason: 'session_revoked' })
    await phone.command({ type: 'ping' })
  })

  test('[G8] without Redis it is closed within 30 s, and as soon as Redis is back', async () => {
    const [bob, eve] = [await signIn(nodes[1], 'bob', { sid: 'bob' }), await signIn(nodes[1], 'eve', { sid: 'eve' })]
    await loseRedis()
    await callServer(nodes[0], 'POST', '/v1/sessions/revoke', { sid: 'bob' })
    await clock.advance(30_000)
    expect(await bob.closed).toEqual({ code: 4403, reason: 'session_revoked' })
    await callServer(nodes[0], 'POST', '/v1/sessions/revoke', { sid: 'eve' })
    await redis.start()
    await Promise.all(nodes.map((node) => busIs(node, 1)))
    await clock.advance(1)
    expect(await eve.closed).toEqual({ code: 4403, reason: 'session_revoked' })
  })

  test('[LIMIT-7] a person who sends on two nodes has one limit, soon after', async () => {
    await startNodes(LIMITS)
    const [here, there] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'ada')]
    const eve = await signIn(nodes[1], 'eve')
    for (const peer of [here, there]) expect(await sendMany(peer, 15)).toBe(10)
    await untilTold()
    // The other's ten are owed, but for one that came slowly enough: they have to come back, and one for the next message.
    await clock.advance(1_800)
    for (const peer of [here, there]) expect(await sendMany(peer, 1)).toBe(0)
    await clock.advance(200)
    expect(await sendMany(there, 1)).toBe(1)
    expect(await sendMany(eve, 10)).toBe(10)
  })

  test('[LIMIT-7] without Redis each node’s own limit still holds, and nobody waits', async () => {
    await startNodes(LIMITS)
    const [here, there] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'ada')]
    await loseRedis()
    for (const peer of [here, there]) expect(await sendMany(peer, 15)).toBe(10)
    await clock.advance(1_000)
    for (const peer of [here, there]) expect(await sendMany(peer, 10)).toBe(5)
    expect(await metric(nodes[0], 'parlor_spent_heard')).toBe(0)
  })

  test('a node without Redis is ready, and says in its metrics that the bus is down', async () => {
    await loseRedis()
    const ready = await fetch(`${nodes[0].url}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([200, 'ready'])
    const ada = await signIn(nodes[0], 'ada')
    await ada.say('general', 'alone')
    expect(await metric(nodes[0], 'parlor_bus_lost')).toBe(1)
  })

  test('who writes on one node is seen writing on the other, until they have sent it', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'bob')]
    for (const peer of [ada, bob]) await peer.open('general')
    await ada.command({ type: 'typing.set', roomId: 'general', on: true })
    expect(await bob.push('typing', ({ count }) => count === 1)).toMatchObject({ users: [{ id: 'ada' }] })
    await ada.say('general', 'here it is')
    await bob.push('message.created')
    await clock.advance(1_000)
    await bob.push('typing', ({ count }) => count === 0)
  })

  test('[G10] who is there is the same on every node, and who was on a node that is gone is not', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[1], 'bob')]
    for (const peer of [ada, bob]) await peer.open('general')
    // A node that has just started can't know yet who reconnects.
    await clock.advance(10_000)
    for (const peer of [ada, bob]) {
      await peer.command({ type: 'presence.watch', roomId: 'general', on: true })
      await passing(5_000, peer, ({ count, isDegraded }) => count === 2 && !isDegraded)
    }
    await nodes[0].close()
    await passing(30_000, bob, ({ count }) => count === 1)
    expect(peopleOf(bob)).toEqual(['bob'])
  })

  test('[G10] who is the first to open a room on their node is shown on the others soon', async () => {
    const [bob, ada] = [await signIn(nodes[1], 'bob'), await signIn(nodes[0], 'ada')]
    await bob.open('general')
    await clock.advance(10_000)
    await bob.command({ type: 'presence.watch', roomId: 'general', on: true })
    await passing(1_000, bob, ({ count }) => count === 1)
    // Asked for just before, and not heard there.
    await clock.advance(100)
    await ada.open('general')
    await passing(1_000, bob, ({ count }) => count === 2)
    await ada.command({ type: 'room.close', roomId: 'general' })
    await passing(1_000, bob, ({ count }) => count === 1)
  })

  test('[G10] without Redis the presence of others is marked as incomplete', async () => {
    const bob = await signIn(nodes[1], 'bob')
    await bob.open('general')
    await clock.advance(10_000)
    await bob.command({ type: 'presence.watch', roomId: 'general', on: true })
    await passing(1_000, bob, ({ isDegraded }) => !isDegraded)
    await loseRedis()
    await passing(1_000, bob, ({ isDegraded }) => isDegraded === true)
    await redis.start()
    await Promise.all(nodes.map((node) => busIs(node, 1)))
    await passing(20_000, bob, ({ isDegraded }) => !isDegraded)
  })

  test('[G12] a crowd that comes over from another node costs two reads a room at most', async () => {
    const [from, to] = nodes
    const rooms = ['one', 'two', 'three', 'four', 'five'].map((name) => `public-${name}`)
    const names = Array.from({ length: 60 }, (_, index) => `user-${index}`)
    const places = await Promise.all(
      names.map(async (name, index) => {
        const roomId = rooms[index % rooms.length]!
        const peer = await signIn(from, name)
        await peer.say(roomId, `I am ${name}`)
        const { epoch, head } = await peer.open(roomId)
        return { name, roomId, since: { epoch, seq: head } }
      }),
    )
    await from.close()
    const opened = await Promise.all(
      places.map(async ({ name, roomId, since }) => (await signIn(to, name)).open(roomId, { since })),
    )
    expect(opened.filter(({ range }) => range)).toHaveLength(names.length)
    const reads = await metric(to, 'parlor_room_reads')
    expect(reads).toBeLessThanOrEqual(2 * rooms.length)
    expect(await metric(to, 'parlor_readers_from_tails')).toBeGreaterThan(names.length / 2)
  })

  test('[G6] who comes back to the other node gets what was missed', async () => {
    const [ada, bob] = [await signIn(nodes[0], 'ada'), await signIn(nodes[0], 'bob')]
    await ada.say('general', 'before')
    const { epoch, head } = await bob.open('general')
    bob.socket.terminate()
    await ada.say('general', 'meanwhile')
    const again = await signIn(nodes[1], 'bob')
    const opened = await again.open('general', { since: { epoch, seq: head } })
    expect(opened).toMatchObject({ range: { from: head, to: Number(head) + 1, messages: [{ text: 'meanwhile' }] } })
  })
})

/** The defaults. */
const LIMITS = { sendsPerSecond: 5, sendsBurst: 10 }

function send(roomId: string) {
  return { type: 'message.send', roomId, id: uuidv7(), text: 'hello' }
}

function textsOf(peer: Peer): string[] {
  return peer.items.flatMap((item) => {
    if (item.type === 'message.created') return [(item.message as { text: string }).text]
    if (item.type === 'room.range') return (item.messages as { text: string }[]).map(({ text }) => text)
    return []
  })
}

function peopleOf(peer: Peer): string[] {
  const users = peer.items.findLast(({ type }) => type === 'presence')?.users as { id: string }[] | undefined
  return (users ?? []).map(({ id }) => id)
}

function seqsOf(peer: Peer): number[] {
  return peer.items.flatMap(({ seq }) => (typeof seq === 'number' ? [seq] : []))
}

async function callServer(node: TestServer, method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${node.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${await node.mintServerToken()}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}

async function metric(node: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}

async function busIs(node: TestServer, up: 0 | 1): Promise<void> {
  while ((await metric(node, 'parlor_bus_up')) !== up) await new Promise((resolve) => setTimeout(resolve, 20))
}
