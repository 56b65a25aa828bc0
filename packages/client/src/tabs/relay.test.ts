import type { MessageEvent, RoomOpened } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { settle } from '../testing/fake-clock.ts'
import { createRelayedTabs, type RelayedTab } from '../testing/relayed-tabs.ts'
import { memberRow, messageRow, opened, welcome } from '../testing/rows.ts'
import { signedToken } from '../testing/tokens.ts'

describe('sign-in', () => {
  test('[CONN-6] the first hello goes to the service; later ones are answered from its welcome', async () => {
    const { relay, service, clock, join } = createRelayedTabs()
    const [first, second] = [join(), join()]
    expect(first.opens).toBe(0)
    service.accept()
    expect([first.opens, second.opens]).toEqual([1, 1])
    first.send({ type: 'hello', token: 'one' })
    // One that comes before the answer waits for it.
    second.send({ type: 'hello', token: 'two' })
    service.say({ ref: service.last('hello').ref, ok: welcome({ serverTime: 5_000, expiresAt: 605_000 }) })
    await clock.advance(1_000)
    expect(first.heard()).toEqual([{ ref: 1, ok: welcome({ serverTime: 5_000, expiresAt: 605_000 }) }])
    expect(second.heard()).toEqual([{ ref: 1, ok: welcome({ serverTime: 5_000, expiresAt: 605_000 }) }])
    const third = join()
    await settle()
    expect(third.opens).toBe(1)
    third.send({ type: 'hello', token: 'three' })
    await settle()
    expect(third.heard()).toEqual([{ ref: 1, ok: welcome({ serverTime: 6_000, expiresAt: 605_000 }) }])
    expect(service.all('hello')).toHaveLength(1)
    expect(relay).toBeDefined()
  })

  test('[AUTH-6] any tab’s token refreshes the session of all; a tab is told of the end that is nearer, of its own', async () => {
    const { service, join, signIn } = createRelayedTabs()
    const [first, second, third, fourth] = [join(), join(), join(), join()]
    await signIn(first, { expiresAt: 601_000 })
    second.send({ type: 'session.refresh', token: 'newer' })
    service.say({ ref: service.last('session.refresh').ref, ok: { expiresAt: 901_000 } })
    expect(second.heard()).toEqual([{ ref: 1, ok: { expiresAt: 901_000 } }])
    third.send({ type: 'hello', token: 'opaque' })
    fourth.send({ type: 'hello', token: signedToken({ sub: 'ada', exp: 700 }) })
    await settle()
    expect(third.heard()).toMatchObject([{ ok: { expiresAt: 901_000 } }])
    expect(fourth.heard()).toMatchObject([{ ok: { expiresAt: 700_000 } }])
  })

  test('[AUTH-3] a refused hello is told to who asked, and its close to all', () => {
    const { service, join } = createRelayedTabs()
    const [first, second] = [join(), join()]
    service.accept()
    first.send({ type: 'hello', token: 'old' })
    second.send({ type: 'hello', token: 'new' })
    const error = { code: 'expired', message: 'expired', retryable: true } as const
    service.say({ ref: service.last('hello').ref, error })
    service.end(4401, 'expired')
    expect(first.heard()).toEqual([{ ref: 1, error }])
    expect(second.heard()).toEqual([])
    expect([first.end, second.end]).toEqual([
      [4401, 'expired'],
      [4401, 'expired'],
    ])
  })

  test('[HTTP-1] a refused upgrade was never open, for anybody', () => {
    const { service, join } = createRelayedTabs()
    const tabs = [join(), join()]
    service.end(1006)
    expect(tabs.map(({ opens, end }) => [opens, end])).toEqual([
      [0, [1006, '']],
      [0, [1006, '']],
    ])
  })
})

describe('frames', () => {
  test('[FRAME-3] a reply goes to who asked, under the ref that they chose', async () => {
    const { service, join, signIn, greet } = createRelayedTabs()
    const [first, second] = [join(), join()]
    await signIn(first)
    await greet(second)
    const mine = first.send({ type: 'ping' })
    const theirs = second.send({ type: 'room.list' })
    const [ping, list] = [service.last('ping').ref, service.last('room.list').ref]
    expect(ping).not.toBe(list)
    service.say({ ref: list, ok: { rooms: [] } }, { ref: ping, ok: { serverTime: 7 } }, { ref: 999, ok: {} })
    expect(first.heard()).toEqual([{ ref: mine, ok: { serverTime: 7 } }])
    expect(second.heard()).toEqual([{ ref: theirs, ok: { rooms: [] } }])
  })

  test('[LIVE-4] events go to the tabs that have the room open, in one frame as they came', async () => {
    const { first, second, service, join, greet } = await createTabsInRoom(3)
    const elsewhere = join()
    await greet(elsewhere)
    const before = first.frames
    service.say(event(4), event(5))
    expect([first, second, elsewhere].map((tab) => tab.heard())).toEqual([
      [event(4), event(5)],
      [event(4), event(5)],
      [],
    ])
    expect(first.frames).toBe(before + 1)
  })

  test('[CONN-9] what is about the connection goes to all: draining, errors without a command, and its end', async () => {
    const { first, second, service, countOvers } = await createTabsInRoom(3)
    const draining = { type: 'connection.draining', reconnectAfterMs: 400 } as const
    service.say(draining)
    service.end(1012, 'restart')
    for (const tab of [first, second]) {
      expect(tab.heard()).toEqual([draining])
      expect(tab.end).toEqual([1012, 'restart'])
    }
    expect(countOvers()).toBe(1)
  })

  test('[CONN-7] a tab hears from time to time that the connection lives, also while only others have news', async () => {
    const { first, service, clock, join, greet } = await createTabsInRoom(3)
    const quiet = join()
    await greet(quiet)
    const before = [first.frames, quiet.frames]
    service.say()
    expect([first.frames, quiet.frames]).toEqual(before.map((count) => count + 1))
    for (let seq = 4; seq < 14; seq++) {
      await clock.advance(1_000)
      service.say(event(seq))
    }
    expect(quiet.frames).toBe((before[1] ?? 0) + 3)
    expect(quiet.heard()).toEqual([])
  })

  test('a relay that hands over sends everybody back at once, and closes the connection', async () => {
    const { first, second, relay, service, countOvers } = await createTabsInRoom(3)
    relay.end()
    for (const tab of [first, second]) {
      expect(tab.heard()).toEqual([{ type: 'connection.draining', reconnectAfterMs: 0 }])
      expect(tab.end).toEqual([1001, ''])
    }
    expect(service.closedWith).toBe(1000)
    expect(countOvers()).toBe(1)
  })

  test('a tab that has heard nothing ends the connection for all, if the service is silent indeed', async () => {
    const { first, second, clock, service } = await createTabsInRoom(3)
    await clock.advance(3_999)
    second.socket.close(1000, 'silent')
    await settle()
    expect([second.end, first.end, service.closedWith]).toEqual([[1000, 'silent'], undefined, undefined])
    await clock.advance(1)
    first.socket.close(1000, 'silent')
    expect(service.closedWith).toBe(1000)
  })
})

describe('rooms', () => {
  test('[RESUME-1] [RESUME-7] a later hello’s rooms are opened from where it stands, and answered by pushes', async () => {
    const { first, service, join } = await createTabsInRoom(3)
    const tab = join()
    const rooms = ['general', 'gone', 'full', 'down'].map((roomId) => ({ roomId, epoch: 'e1', seq: 1 }))
    tab.send({ type: 'hello', token: 'token', rooms })
    const asked = service.all('room.open').slice(-4)
    expect(asked.map(({ roomId, since }) => [roomId, since])).toEqual(
      rooms.map(({ roomId }) => [roomId, { epoch: 'e1', seq: 1 }]),
    )
    const refuse = (at: number, code: 'room_not_found' | 'too_many_rooms' | 'unavailable') =>
      ({ ref: asked[at]?.ref ?? 0, error: { code, message: code, retryable: code === 'unavailable' } }) as const
    service.say({ ref: asked[0]?.ref ?? 0, ok: ranged(1, 3) }, refuse(1, 'room_not_found'), refuse(2, 'too_many_rooms'))
    service.say(refuse(3, 'unavailable'))
    const [welcomed, ...pushes] = tab.heard()
    expect(welcomed).toHaveProperty('ok.user')
    expect(pushes).toEqual([
      { type: 'room.opened', ...ranged(1, 3) },
      { type: 'room.closed', roomId: 'gone', reason: 'not_found' },
      { type: 'room.closed', roomId: 'full', reason: 'not_found' },
      { type: 'room.closed', roomId: 'down', reason: 'unavailable' },
    ])
    // The others were there already.
    expect(first.heard()).toEqual([])
  })

  test('[RESUME-1] the first hello’s rooms are the service’s to answer for; others join them after that', async () => {
    const { service, join } = createRelayedTabs()
    const [first, second] = [join(), join()]
    service.accept()
    const named = [
      { roomId: 'general', epoch: 'e1', seq: 2 },
      { roomId: 'gone', epoch: 'e1', seq: 2 },
    ]
    first.send({ type: 'hello', token: 'one', rooms: named })
    second.send({ type: 'hello', token: 'two', rooms: [{ roomId: 'general', epoch: 'e1', seq: 3 }] })
    service.say({ ref: service.last('hello').ref, ok: welcome() })
    service.say({ type: 'room.opened', ...ranged(2, 5) }, { type: 'room.closed', roomId: 'gone', reason: 'not_found' })
    service.say(event(6))
    await settle()
    expect(first.heard().slice(1)).toEqual([
      { type: 'room.opened', ...ranged(2, 5) },
      { type: 'room.closed', roomId: 'gone', reason: 'not_found' },
      event(6),
    ])
    // The second stood within what was read for the first: it wasn't asked again.
    expect(second.heard().slice(1)).toEqual([{ type: 'room.opened', ...ranged(2, 5) }, event(6)])
    expect(service.all('room.open')).toEqual([])
  })

  test('[G3] what was committed while another tab opened the room reaches those that have it, as a range', async () => {
    const { first, second, service, third } = await createTabsInRoom(3)
    const ref = third.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 1 } })
    // Of the stream that the service ends with this command.
    service.say(event(4))
    service.say({ ref: service.last('room.open').ref, ok: ranged(1, 6) }, event(7))
    for (const tab of [first, second]) expect(tab.heard()).toEqual([event(4), push(1, 6), event(7)])
    expect(third.heard()).toEqual([{ ref, ok: ranged(1, 6) }, event(7)])
    expect(service.all('room.open')).toHaveLength(3)
  })

  test('[G3] [G6] who isn’t reached by an answer is asked for again from where they stood, and hears nothing until then', async () => {
    const { first, second, third, service } = await createTabsInRoom(3)
    service.say(event(4))
    // The new tab has nothing: its answer is a reset.
    const ref = third.send({ type: 'room.open', roomId: 'general', limit: 5 })
    service.say({ ref: service.last('room.open').ref, ok: opened(6, [messageRow(6)]) })
    const again = service.last('room.open')
    expect(again).toMatchObject({ since: { epoch: 'e1', seq: 4, newest: { seq: 4, id: 'm4' } }, limit: 5 })
    service.say(event(7))
    expect(first.heard()).toEqual([event(4)])
    service.say({ ref: again.ref, ok: ranged(4, 8) }, event(9))
    for (const tab of [first, second])
      expect(tab.heard()).toEqual(tab === first ? [push(4, 8), event(9)] : [event(4), push(4, 8), event(9)])
    // The new tab stood in between.
    expect(third.heard()).toEqual([{ ref, ok: opened(6, [messageRow(6)]) }, event(7), push(4, 8), event(9)])
    expect(service.all('room.open')).toHaveLength(4)
  })

  test('[G6] an answer of another epoch says nothing of those who stood in the old one: they may be reset', async () => {
    const { first, second, third, service } = await createTabsInRoom(8)
    third.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 5 } })
    // A backup was restored: 6 to 8 never happened, and others have.
    const restored = { ...ranged(5, 9), epoch: 'e2' }
    service.say({ ref: service.last('room.open').ref, ok: restored })
    const again = service.last('room.open')
    expect(again.since).toMatchObject({ epoch: 'e1', seq: 8 })
    const fresh = opened(9, [messageRow(9)], { epoch: 'e2' })
    const reset: RoomOpened = { ...fresh, reset: { ...must(fresh.reset), reason: 'unknown' } }
    service.say({ ref: again.ref, ok: reset }, event(10))
    for (const tab of [first, second]) expect(tab.heard()).toEqual([{ type: 'room.opened', ...reset }, event(10)])
    expect(third.heard().slice(1)).toEqual([event(10)])
  })

  test('[G6] who stands where the asking tab stood gets the same answer, whatever it is', async () => {
    const { first, second, service } = await createTabsInRoom(8)
    // It saw a gap, perhaps.
    first.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 8 } })
    const fresh = opened(4, [messageRow(4)], { epoch: 'e2' })
    const reset: RoomOpened = { ...fresh, reset: { ...must(fresh.reset), reason: 'unknown' } }
    service.say({ ref: service.last('room.open').ref, ok: reset }, event(5))
    expect(second.heard()).toEqual([{ type: 'room.opened', ...reset }, event(5)])
    expect(service.all('room.open')).toHaveLength(3)
  })

  test('[G6] tabs that come back from one place ask once, also when the answer is a reset', async () => {
    const { join, signIn, greet, service } = createRelayedTabs()
    const tabs = [join(), join(), join()]
    await signIn(tabs[0]!)
    for (const tab of tabs.slice(1)) await greet(tab)
    const since = { epoch: 'e1', seq: 3 }
    for (const tab of tabs) tab.send({ type: 'room.open', roomId: 'general', since })
    service.say({ ref: service.last('room.open').ref, ok: opened(900, [messageRow(900)]) })
    await settle()
    expect(service.all('room.open')).toHaveLength(1)
    for (const tab of tabs)
      expect(tab.heard()).toEqual([{ ref: expect.any(Number), ok: opened(900, [messageRow(900)]) }])
  })

  test('[G3] tabs that open a room at once ask one after the other, and not at all for what is known', async () => {
    const { first, second, third, service } = await createTabsInRoom(3)
    const since = (seq: number) => ({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq } }) as const
    const refs = [first.send(since(3)), second.send(since(1)), third.send(since(3))]
    expect(service.all('room.open')).toHaveLength(3)
    // Nobody is live while all ask.
    service.say(event(4))
    service.say({ ref: service.last('room.open').ref, ok: ranged(3, 5) })
    expect(first.heard()).toEqual([{ ref: refs[0], ok: ranged(3, 5) }])
    expect(third.heard()).toEqual([{ ref: refs[2], ok: ranged(3, 5) }])
    expect(second.heard()).toEqual([])
    expect(service.last('room.open').since).toEqual({ epoch: 'e1', seq: 1 })
    service.say(event(6), { ref: service.last('room.open').ref, ok: ranged(1, 7) }, event(8))
    expect(second.heard()).toEqual([{ ref: refs[1], ok: ranged(1, 7) }, event(8)])
    expect(first.heard()).toEqual([event(6), push(1, 7), event(8)])
  })

  test('[G7] a removal closes the room for all tabs, and what a tab asks after it is asked', async () => {
    const { first, second, third, service } = await createTabsInRoom(3)
    third.send({ type: 'room.open', roomId: 'general' })
    const closed = { type: 'room.closed', roomId: 'general', reason: 'removed' } as const
    service.say(event(4), closed)
    for (const tab of [first, second]) expect(tab.heard()).toEqual([event(4), closed])
    expect(third.heard()).toEqual([])
    const error = { code: 'removed', message: 'removed', retryable: false } as const
    service.say({ ref: service.last('room.open').ref, error })
    expect(third.heard()).toEqual([{ ref: 1 + 1, error }])
    // Nobody follows it: nothing more is told, and nothing is closed that isn't open.
    service.say(event(5))
    expect([first, second, third].flatMap((tab) => tab.heard())).toEqual([])
    expect(service.all('room.close')).toEqual([])
  })

  test('[G4] an opening that fails ends the stream of the others too: they are told, and ask again', async () => {
    const { first, third, service } = await createTabsInRoom(3)
    third.send({ type: 'room.open', roomId: 'general' })
    const error = { code: 'unavailable', message: 'no', retryable: true } as const
    service.say({ ref: service.last('room.open').ref, error })
    expect(first.heard()).toEqual([{ type: 'room.closed', roomId: 'general', reason: 'unavailable' }])
    const ref = first.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 3 } })
    service.say({ ref: service.last('room.open').ref, ok: ranged(3, 4) }, event(5))
    expect(first.heard()).toEqual([{ ref, ok: ranged(3, 4) }, event(5)])
  })

  test('[LIMIT-1] an opening that isn’t carried out changes nothing for the others', async () => {
    const { first, third, service } = await createTabsInRoom(3)
    third.send({ type: 'room.open', roomId: 'general' })
    const error = { code: 'rate_limited', message: 'slow', retryable: true, retryAfterMs: 100 } as const
    service.say({ ref: service.last('room.open').ref, error }, event(4))
    expect(first.heard()).toEqual([event(4)])
    // But who was left behind, and can't be caught up now, has to ask again.
    third.heard()
    third.send({ type: 'room.open', roomId: 'general' })
    service.say({ ref: service.last('room.open').ref, ok: opened(6, []) })
    service.say({ ref: service.last('room.open').ref, error }, event(7))
    expect(first.heard()).toEqual([{ type: 'room.closed', roomId: 'general', reason: 'unavailable' }])
    expect(third.heard().slice(1)).toEqual([event(7)])
  })

  test('[G3] a stream that the service begins anew begins anew for all', async () => {
    const { first, second, third, service } = await createTabsInRoom(3)
    const anew = { type: 'room.opened', ...ranged(3, 5), epoch: 'e2' } as const
    service.say(anew, event(6))
    for (const tab of [first, second]) expect(tab.heard()).toEqual([anew, event(6)])
    third.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e2', seq: 6 } })
    service.say({ ref: service.last('room.open').ref, ok: { ...ranged(6, 6), epoch: 'e2' } })
    expect(first.heard()).toEqual([])
  })

  test('[ROOM-7] a room is closed at the service when the last tab closes it', async () => {
    const { first, second, service } = await createTabsInRoom(3)
    const ref = first.send({ type: 'room.close', roomId: 'general' })
    await settle()
    expect(first.heard()).toEqual([{ ref, ok: {} }])
    service.say(event(4))
    expect([first.heard(), second.heard()]).toEqual([[], [event(4)]])
    expect(service.all('room.close')).toEqual([])
    second.send({ type: 'room.close', roomId: 'general' })
    expect(service.all('room.close')).toHaveLength(1)
    // Opened again before the service has heard of it: the old stream's events aren't of the new one.
    first.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 3 } })
    service.say(event(5))
    service.say(
      { ref: service.last('room.close').ref, ok: {} },
      { ref: service.last('room.open').ref, ok: ranged(3, 5) },
    )
    await settle()
    expect(first.heard().slice(1)).toEqual([])
  })

  test('a room that is closed while it is being opened is closed when that is done, unless it was opened once more', async () => {
    const { service, join, signIn } = createRelayedTabs()
    const tab = join()
    await signIn(tab)
    tab.send({ type: 'room.open', roomId: 'general' })
    tab.send({ type: 'room.close', roomId: 'general' })
    service.say({ ref: service.last('room.open').ref, ok: opened(3, []) })
    expect(service.all('room.close')).toHaveLength(1)
    tab.send({ type: 'room.open', roomId: 'general' })
    const under = service.last('room.open').ref
    tab.send({ type: 'room.close', roomId: 'general' })
    const ref = tab.send({ type: 'room.open', roomId: 'general', since: { epoch: 'e1', seq: 4 } })
    service.say({ ref: under, ok: opened(5, []) })
    service.say({ ref: service.last('room.open').ref, ok: ranged(4, 5) }, event(6))
    await settle()
    expect(tab.heard().slice(-2)).toEqual([{ ref, ok: ranged(4, 5) }, event(6)])
    expect(service.all('room.close')).toHaveLength(1)
  })

  test('a tab that is gone leaves its rooms, and its replies are nobody’s', async () => {
    const { first, second, service } = await createTabsInRoom(3)
    first.send({ type: 'message.send', roomId: 'general', id: 'm9', text: 'last words' })
    first.socket.close(1000, '')
    await settle()
    expect(first.end).toEqual([1000, ''])
    service.say({ ref: service.last('message.send').ref, ok: { id: 'm9', seq: 4 } }, event(4))
    expect([first.heard(), second.heard()]).toEqual([[], [event(4)]])
    second.socket.close(1000, '')
    expect(service.all('room.close')).toHaveLength(1)
    expect(service.closedWith).toBeUndefined()
  })
})

/** Two tabs that have `general` open at this head, and a third one that hasn't. */
async function createTabsInRoom(head: number) {
  const parts = createRelayedTabs()
  const { service, join, signIn, greet } = parts
  const [first, second, third]: RelayedTab[] = [join(), join(), join()]
  if (!first || !second || !third) throw new Error('no tabs')
  await signIn(first)
  for (const tab of [second, third]) await greet(tab)
  for (const tab of [first, second]) {
    tab.send({ type: 'room.open', roomId: 'general' })
    service.say({ ref: service.last('room.open').ref, ok: opened(head, []) })
    tab.heard()
  }
  return { ...parts, first, second, third }
}

function event(seq: number): MessageEvent {
  return { type: 'message.created', roomId: 'general', seq, message: messageRow(seq) }
}

function rangeOf(from: number, to: number) {
  const messages = Array.from({ length: to - from }, (_, at) => messageRow(from + at + 1))
  return { from, to, members: [], messages }
}

function ranged(from: number, head: number): RoomOpened {
  return { roomId: 'general', epoch: 'e1', head, me: memberRow('ada', 2), range: rangeOf(from, head) }
}

function push(from: number, to: number) {
  return { type: 'room.range', roomId: 'general', epoch: 'e1', ...rangeOf(from, to) } as const
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is missing')
  return value
}
