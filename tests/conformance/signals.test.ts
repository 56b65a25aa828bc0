import { describe, expect, test } from 'vitest'
import { type Service, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import type { Item, Peer } from './peer.ts'

describe('signals', () => {
  test('[SIG-1] they have no seq, move no position and are in no history', async () => {
    const service = await startService()
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await type(ann)
    const signal = await bo.push('typing')
    expect(Object.keys(signal).sort()).toEqual(['count', 'roomId', 'type', 'users'])
    expect((await bo.open('general')).head).toBe(0)
  })

  test('[SIG-2] a room that isn’t open on the connection is unknown, whatever it is', async () => {
    const service = await startService()
    await service.makeRoom('secret', 'private', { ann: 'owner' })
    const [ann, eve] = [await service.signIn('ann'), await service.signIn('eve')]
    await ann.open('secret')
    await ann.command({ type: 'presence.watch', roomId: 'secret', on: true })
    for (const command of [{ type: 'typing.set' }, { type: 'presence.watch' }]) {
      const answers = []
      for (const roomId of ['secret', 'nowhere', 'general']) {
        for (const on of [true, false]) answers.push(await eve.refused({ ...command, roomId, on }))
      }
      expect(answers[0]?.code).toBe('room_not_found')
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    }
    // Behind a `room.open` that is about to be refused, too.
    const opening = eve.send({ type: 'room.open', roomId: 'secret' })
    expect((await eve.refused({ type: 'typing.set', roomId: 'secret', on: true })).code).toBe('room_not_found')
    expect((await eve.reply(opening)).error.code).toBe('room_not_found')
    await ann.settle()
    expect(ann.items.filter((item) => item.type === 'typing')).toEqual([])
    expect(ann.items.findLast((item) => item.type === 'presence')?.count).toBe(1)
  })

  test('[SIG-3] a connection that lags gets none, and is told when it keeps up what holds then', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock, config: { maxQueuedBytes: 67_108_864, stallMs: 300_000 } })
    const [slow, ann] = await openAll(service, ['slow', 'ann'])
    slow.socket.pause()
    const [text, data] = ['x'.repeat(4_000), { padding: 'y'.repeat(8_000) }]
    // More than the kernel takes for a reader that doesn't read.
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 50 }, () => ann.say('general', text, { data })))
    const hasAll = (peer: Peer) => peer.items.filter((item) => item.type === 'message.created').length === 1_000
    await ann.until(() => hasAll(ann), 'everything')
    for (const on of [true, false, true]) {
      await type(ann, on)
      await clock.advance(1_000)
      await writers(ann, on ? 1 : 0)
    }
    const dropped = await readMetric(service, 'signals_dropped')
    expect(dropped).toBeGreaterThan(0)
    slow.socket.resume()
    await slow.until(() => hasAll(slow), 'everything')
    await clock.advance(1_000)
    await writers(slow, 1)
    expect(typings(slow)).toHaveLength(1)
  })

  test('[SIG-4] what changes often is told once in 500 ms', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    for (let i = 0; i < 20; i++) {
      await type(ann, i % 2 === 0)
      await type(bo)
    }
    await bo.settle()
    expect(typings(bo)).toHaveLength(1)
    await clock.advance(499)
    await bo.settle()
    expect(typings(bo)).toHaveLength(1)
    await clock.advance(1)
    await bo.until(() => typings(bo).length === 2, 'the second one')
    expect(typings(bo)[1]).toMatchObject({ users: [{ id: 'bo' }], count: 1 })
  })

  test('[SIG-5] [G7] who is removed, and who closed the room, gets none and is in none', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member', cy: 'member' })
    const [ann, bo, cy] = await openAll(service, ['ann', 'bo', 'cy'], 'team')
    for (const peer of [ann, bo, cy]) await watch(peer, 'team')
    for (const peer of [bo, cy]) await type(peer, true, 'team')
    await clock.advance(1_000)
    await ann.push('typing', ({ count }) => count === 2)
    await ann.push('presence', ({ count }) => count === 3)
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    await cy.command({ type: 'room.close', roomId: 'team' })
    await bo.push('room.closed')
    const before = [bo, cy].map((peer) => signalsOf(peer).length)
    await clock.advance(1_000)
    expect(await ann.push('typing', ({ count }) => count === 0)).toMatchObject({ users: [] })
    expect(idsOf(await ann.push('presence', ({ count }) => count === 1))).toEqual(['ann'])
    await type(ann, true, 'team')
    await clock.advance(20_000)
    for (const peer of [bo, cy]) await peer.settle()
    expect([bo, cy].map((peer) => signalsOf(peer).length)).toEqual(before)
    expect((await bo.refused({ type: 'typing.set', roomId: 'team', on: true })).code).toBe('room_not_found')
    expect((await bo.refused({ type: 'presence.watch', roomId: 'team', on: true })).code).toBe('room_not_found')
  })
})

describe('typing', () => {
  test('[TYPE-1] everybody with the room open learns who writes: people, in the order in which they began', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo, phone] = await openAll(service, ['ann', 'bo', 'bo'])
    const stranger = await service.signIn('cy')
    for (const peer of [bo, phone, ann]) await type(peer)
    await clock.advance(500)
    for (const peer of [ann, bo, phone]) expect(idsOf(await writers(peer, 2))).toEqual(['bo', 'ann'])
    // On one of two devices it ends, and goes on on the other.
    await type(bo, false)
    await clock.advance(1_000)
    await ann.settle()
    expect(typings(ann).at(-1)?.count).toBe(2)
    await type(phone, false)
    await clock.advance(1_000)
    expect(idsOf(await writers(ann, 1))).toEqual(['ann'])
    await stranger.settle()
    expect(signalsOf(stranger)).toEqual([])
  })

  test('[TYPE-2] it ends by itself, with the message, with the room and with the connection', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    const begin = async (peer: Peer) => {
      await type(peer)
      await clock.advance(1_000)
      await writers(ann, 1)
    }
    await begin(bo)
    await clock.advance(4_000)
    await type(bo)
    await clock.advance(4_000)
    await ann.settle()
    expect(typings(ann).at(-1)?.count).toBe(1)
    await clock.advance(3_000)
    await writers(ann, 0)

    await begin(bo)
    await bo.say('general', 'what I wrote')
    await clock.advance(1_000)
    await writers(ann, 0)

    await begin(bo)
    await bo.command({ type: 'room.close', roomId: 'general' })
    await clock.advance(1_000)
    await writers(ann, 0)

    await bo.open('general')
    await begin(bo)
    bo.socket.terminate()
    await bo.closed
    await hasConnections(service, 1)
    await clock.advance(1_000)
    await writers(ann, 0)
  })

  test('[TYPE-2] who wrote, sent, and writes again is still writing when the first time would have ended', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await type(bo)
    await bo.say('general', 'one')
    await clock.advance(3_000)
    await type(bo)
    await writers(ann, 1)
    await clock.advance(5_000)
    await ann.settle()
    expect(typings(ann).at(-1)?.count).toBe(1)
    await clock.advance(3_000)
    await writers(ann, 0)
    // Long enough for the service to forget that anybody wrote here.
    await clock.advance(100_000)
    await type(ann)
    await writers(bo, 1)
    await clock.advance(7_000)
    await writers(bo, 0)
  })

  test('[TYPE-2] who is brought up to date again goes on writing', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await type(bo)
    await writers(ann, 1)
    await bo.open('general')
    await clock.advance(2_000)
    await ann.settle()
    expect(typings(ann)).toHaveLength(1)
  })

  test('[TYPE-3] five are named, all are counted', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const peers = await openAll(service, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    for (const peer of peers) await type(peer)
    await clock.advance(1_000)
    expect(idsOf(await writers(peers[0] as Peer, 7))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('[TYPE-4] who opens the room learns who writes', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann] = await openAll(service, ['ann'])
    await type(ann)
    await writers(ann, 1)
    await clock.advance(1_000)
    const bo = await service.signIn('bo')
    await bo.open('general')
    expect(idsOf(await writers(bo, 1))).toEqual(['ann'])
    expect(typings(ann)).toHaveLength(1)
  })
})

describe('presence', () => {
  test('[PRES-1] who asks is told who has the room open, at once and from then on; who doesn’t is told nothing', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await watch(ann)
    expect(idsOf(await present(ann, 2))).toEqual(['ann', 'bo'])
    await openAll(service, ['cy'])
    await clock.advance(1_000)
    expect(idsOf(await present(ann, 3))).toEqual(['ann', 'bo', 'cy'])
    // Asked once more, it is told once more: another window may want to know.
    const before = presences(ann).length
    await watch(ann)
    await clock.advance(1_000)
    await ann.until(() => presences(ann).length === before + 1, 'another one')
    await ann.command({ type: 'presence.watch', roomId: 'general', on: false })
    await openAll(service, ['dee'])
    await clock.advance(20_000)
    for (const peer of [ann, bo]) await peer.settle()
    expect(presences(ann)).toHaveLength(before + 1)
    expect(presences(bo)).toEqual([])
  })

  test('[PRES-2] several connections are one person, away if all of them are', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo, phone] = await openAll(service, ['ann', 'bo', 'bo'])
    await watch(ann)
    await present(ann, 2)
    const away = (peer: Peer, state = 'away') => peer.command({ type: 'presence.set', state })
    await away(bo)
    await clock.advance(1_000)
    await ann.settle()
    expect(stateOf(ann, 'bo')).toBe('online')
    await away(phone)
    await clock.advance(1_000)
    await ann.until(() => stateOf(ann, 'bo') === 'away', 'bo away')
    await away(bo, 'online')
    await clock.advance(1_000)
    await ann.until(() => stateOf(ann, 'bo') === 'online', 'bo back')
    expect(presences(ann).every(({ count }) => count === 2)).toBe(true)
  })

  test('[PRES-3] [G10] who reconnects within 10 s never goes; who doesn’t is gone after that', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await watch(ann)
    await present(ann, 2)
    bo.socket.terminate()
    await hasConnections(service, 1)
    await clock.advance(9_000)
    const [again] = await openAll(service, ['bo'])
    await clock.advance(9_000)
    await ann.settle()
    expect(presences(ann).filter(({ count }) => count !== 2)).toEqual([])
    again?.socket.terminate()
    await hasConnections(service, 1)
    await clock.advance(9_000)
    await ann.settle()
    expect(presences(ann).at(-1)?.count).toBe(2)
    await clock.advance(2_000)
    expect(idsOf(await present(ann, 1))).toEqual(['ann'])
  })

  test('[PRES-3] the watcher’s own reconnect forgets nobody who lingers', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann, bo] = await openAll(service, ['ann', 'bo'])
    await watch(ann)
    await present(ann, 2)
    for (const peer of [ann, bo]) peer.socket.terminate()
    await hasConnections(service, 0)
    const [again] = (await openAll(service, ['ann'])) as [Peer]
    await watch(again)
    await clock.advance(1_000)
    expect(idsOf(await present(again, 2))).toEqual(['ann', 'bo'])
  })

  test('[PRES-4] of more than a hundred, twenty are named and all counted', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const names = Array.from({ length: 100 }, (_, i) => `user-${i}`)
    const [ann] = (await openAll(service, names)) as [Peer]
    await watch(ann)
    expect((await present(ann, 100)).users).toHaveLength(100)
    await openAll(service, ['one-more'])
    await clock.advance(5_000)
    expect(idsOf(await present(ann, 101))).toEqual(names.slice(0, 20))
  })

  test('[PRES-5] a service that has just started says that it doesn’t know everybody', async () => {
    const clock = new ManualClock()
    const service = await startService({ clock })
    const [ann] = (await openAll(service, ['ann'])) as [Peer]
    await watch(ann)
    expect((await present(ann, 1)).isDegraded).toBe(true)
    await clock.advance(11_000)
    await ann.until(() => presences(ann).at(-1)?.isDegraded === undefined, 'everybody')
  })
})

async function openAll<Names extends string[]>(
  service: Service,
  names: [...Names],
  roomId = 'general',
): Promise<{ [Key in keyof Names]: Peer }> {
  const peers: Peer[] = []
  for (const name of names) {
    const peer = await service.signIn(name)
    await peer.open(roomId)
    peers.push(peer)
  }
  return peers as { [Key in keyof Names]: Peer }
}

function type(peer: Peer, on = true, roomId = 'general') {
  return peer.command({ type: 'typing.set', roomId, on })
}

function watch(peer: Peer, roomId = 'general') {
  return peer.command({ type: 'presence.watch', roomId, on: true })
}

/** Waits until the newest that was told of who writes has so many. */
function writers(peer: Peer, count: number): Promise<Item> {
  return newest(peer, 'typing', count)
}

function present(peer: Peer, count: number): Promise<Item> {
  return newest(peer, 'presence', count)
}

function newest(peer: Peer, type: string, count: number): Promise<Item> {
  return peer.until(() => {
    const last = peer.items.findLast((item) => item.type === type)
    return last?.count === count && last
  }, `${count} in ${type}`)
}

function typings(peer: Peer): Item[] {
  return peer.items.filter((item) => item.type === 'typing')
}

function presences(peer: Peer): Item[] {
  return peer.items.filter((item) => item.type === 'presence')
}

function signalsOf(peer: Peer): Item[] {
  return [...typings(peer), ...presences(peer)]
}

function idsOf(signal: Item): string[] {
  return signal.users.map((user: { id: string }) => user.id)
}

function stateOf(peer: Peer, userId: string): string | undefined {
  return presences(peer)
    .at(-1)
    ?.users.find((user: { id: string }) => user.id === userId)?.state
}

/** The service has noticed that sockets are gone. */
async function hasConnections(service: Service, count: number): Promise<void> {
  while ((await readMetric(service, 'connections')) !== count);
}

async function readMetric(service: Service, name: string): Promise<number> {
  const { body } = await service.call('GET', '/metrics')
  return Number(new RegExp(`^parlor_${name} (\\d+)$`, 'm').exec(body)?.[1])
}
