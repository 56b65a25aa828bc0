import type { DownItem, MessageEvent, RoomOpened } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { CLOSE_DELAY_MS } from './room.ts'
import { settle } from './testing/fake-clock.ts'
import { createFakeClient } from './testing/fake-runtime.ts'
import { created, openRoom, ranged, SNAPSHOT } from './testing/open-room.ts'
import { ADA, memberRow, messageRow, opened, roomRow, welcome } from './testing/rows.ts'

describe('opening', () => {
  test('StrictMode’s second mount opens one socket and one room', async () => {
    const { client, network, clock, welcomeNow, openNow } = createFakeClient()
    const room = client.room('general')
    room.open()
    room.close()
    room.open()
    await welcomeNow()
    await openNow(opened(5, []))
    await clock.advance(CLOSE_DELAY_MS)
    expect([network.sockets.length, network.socket.all('room.open').length]).toEqual([1, 1])
    expect(room.getSnapshot().status).toBe('live')
    expect(client.room('general')).toBe(room)
  })

  test('the last close takes effect a little later, and opening again goes on from where it was', async () => {
    const { room, network, clock, openNow } = await openRoom(opened(5, [messageRow(5)]))
    room.open()
    room.close()
    room.close()
    await clock.advance(CLOSE_DELAY_MS)
    expect(network.socket.all('room.close')).toHaveLength(1)
    expect(room.getSnapshot()).toMatchObject({ status: 'idle', messages: [{ id: 'm5' }] })
    room.open()
    expect(network.socket.last('room.open').since).toEqual({ epoch: 'e1', seq: 5, newest: { seq: 5, id: 'm5' } })
    await openNow(ranged(5, 6, [messageRow(6)]))
    expect(room.getSnapshot()).toMatchObject({ status: 'live', messages: [{ id: 'm5' }, { id: 'm6' }] })
  })

  test('a room that is closed before hello has answered for it holds nothing up', async () => {
    const { client, room, network, clock, welcomeNow } = await openRoom(opened(5, [messageRow(5)]))
    network.socket.end(1006)
    await clock.advance(5_000)
    await welcomeNow()
    expect(client.getSnapshot().status).toBe('catching-up')
    room.close()
    await clock.advance(CLOSE_DELAY_MS)
    expect(client.getSnapshot().status).toBe('live')
  })

  test('what is acknowledged before the room’s first rows stays in sight until its own row comes', async () => {
    const { client, network, welcomeNow, openNow } = createFakeClient()
    const room = client.room('general')
    room.open()
    await welcomeNow()
    const sent = room.send('hi')
    const { id, ref } = network.socket.last('message.send')
    network.socket.say({ ref, ok: { id, seq: 6 } })
    await expect(sent).resolves.toEqual({ id, seq: 6 })
    await openNow(opened(5, [messageRow(5)]))
    expect(room.getSnapshot()).toMatchObject({ status: 'live', messages: [{ id: 'm5' }, { id, status: 'sent' }] })
    const { type, roomId, seq, message } = created(6) as MessageEvent
    network.socket.say({ type, roomId, seq, message: { ...message, id } })
    expect(room.getSnapshot().messages.map((shown) => shown.id)).toEqual(['m5', id])
  })

  test('what a second connection acknowledges before the room’s first rows stays in sight, too', async () => {
    const { client, network, clock, welcomeNow, openNow } = createFakeClient()
    const room = client.room('general')
    const acknowledge = (seq: number): string => {
      void room.send('hi')
      const { id, ref } = network.socket.last('message.send')
      network.socket.say({ ref, ok: { id, seq } })
      return id
    }
    room.open()
    await welcomeNow()
    const before = acknowledge(9)
    network.socket.end(1006)
    await clock.advance(5_000)
    await welcomeNow()
    const since = acknowledge(6)
    expect(room.getSnapshot().messages.map(({ id }) => id)).toEqual([before, since])
    // A backup was restored that ends before the first one.
    await openNow(opened(5, [messageRow(5)]))
    expect(room.getSnapshot().messages.map(({ id }) => id)).toEqual(['m5', since])
  })

  test('what a server-rendered room’s connection acknowledged is of the same history after a break', async () => {
    const { client, network, clock, welcomeNow } = createFakeClient()
    const room = client.room('general', { initial: SNAPSHOT })
    room.open()
    await welcomeNow()
    void room.send('hi')
    const { id, ref } = network.socket.last('message.send')
    network.socket.say({ ref, ok: { id, seq: 7 } })
    network.socket.end(1006)
    await clock.advance(5_000)
    await welcomeNow()
    network.socket.say({ type: 'room.opened', ...ranged(5, 6, [messageRow(6)]) })
    expect(room.getSnapshot().messages.map((shown) => shown.id)).toEqual(['m5', 'm6', id])
  })

  test('a server-rendered room shows at once, and the connection goes on from its head', async () => {
    const { client, network, welcomeNow } = createFakeClient()
    const room = client.room('general', { initial: SNAPSHOT })
    expect(room.getSnapshot()).toMatchObject({
      ...{ status: 'idle', isLoading: false, hasOlder: true, user: ADA },
      ...{ messages: [{ id: 'm5', status: 'sent' }], me: { userId: 'ada' } },
    })
    expect(room.getSnapshot()).toBe(room.getSnapshot())
    room.open()
    await settle()
    network.socket.accept()
    expect(network.socket.last('hello').rooms).toEqual([
      { roomId: 'general', epoch: 'e1', seq: 5, newest: { seq: 5, id: 'm5' } },
    ])
    network.socket.say({ ref: 1, ok: welcome() }, { type: 'room.opened', ...ranged(5, 6, [messageRow(6)]) })
    expect(room.getSnapshot()).toMatchObject({ status: 'live', messages: [{ id: 'm5' }, { id: 'm6' }] })
    await welcomeNow()
  })

  test('a server-rendered room changes nothing once something is held', async () => {
    const { client, room } = await openRoom(opened(9, [messageRow(9)]))
    client.room('general', { initial: SNAPSHOT })
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm9' }])
  })

  test.each([
    ['room_not_found', 'denied'],
    ['forbidden', 'denied'],
  ] as const)('%s is the room’s own end, and the connection goes on', async (code, status) => {
    const { client, network, welcomeNow } = createFakeClient()
    const room = client.room('general')
    room.open()
    await welcomeNow()
    network.socket.say({ ref: network.socket.last('room.open').ref, error: { code, message: 'no', retryable: false } })
    expect(room.getSnapshot()).toMatchObject({ status, error: { code }, isLoading: false })
    expect(client.getSnapshot().status).toBe('live')
  })

  test('an answer that passes is asked again', async () => {
    const { client, network, clock, welcomeNow, openNow } = createFakeClient()
    const room = client.room('general')
    room.open()
    await welcomeNow()
    const error = { code: 'rate_limited', message: 'later', retryable: true, retryAfterMs: 800 } as const
    network.socket.say({ ref: network.socket.last('room.open').ref, error })
    expect(room.getSnapshot().status).toBe('catching-up')
    await clock.advance(800)
    await openNow(opened(1, []))
    expect(room.getSnapshot().status).toBe('live')
  })

  test('a removed member is denied, and may join again', async () => {
    const { room, network, openNow } = await openRoom(opened(5, []))
    const member = memberRow('ada', 6, { gone: 'removed' })
    network.socket.say(
      { type: 'member.removed', roomId: 'general', seq: 6, member, room: roomRow() },
      { type: 'room.closed', roomId: 'general', reason: 'removed' },
    )
    expect(room.getSnapshot()).toMatchObject({ status: 'denied', error: { code: 'removed' }, me: null })
    expect([room.can('message.send'), room.can('room.join')]).toEqual([false, true])
    const joined = room.join()
    network.socket.say({
      ref: network.socket.last('room.join').ref,
      ok: { member: memberRow('ada', 7), head: 7 },
    })
    await joined
    await openNow({ ...ranged(6, 7, []), me: memberRow('ada', 7) })
    expect(room.getSnapshot()).toMatchObject({ status: 'live', error: null, me: { version: 7 } })
    expect(room.can('message.send')).toBe(true)
  })
})

describe('the stream', () => {
  test('a frame of a thousand events is one notification', async () => {
    const { room, network } = await openRoom(opened(5, []))
    let notifications = 0
    room.subscribe(() => {
      notifications += 1
    })
    network.socket.say(...Array.from({ length: 1_000 }, (_, at) => created(6 + at)))
    expect([notifications, room.getSnapshot().messages.length]).toEqual([1, 1_000])
  })

  test('duplicates do nothing, not even a notification', async () => {
    const { room, network } = await openRoom(opened(5, [messageRow(5)]))
    const before = room.getSnapshot()
    let notifications = 0
    room.subscribe(() => {
      notifications += 1
    })
    network.socket.say(created(5), created(4))
    expect([notifications, room.getSnapshot()]).toEqual([0, before])
  })

  test('a gap opens the room again from where it was, and what comes meanwhile waits for the answer', async () => {
    const { room, network, openNow, events, gaps } = await openRoom(opened(5, []))
    network.socket.say(created(6), created(8), created(9))
    expect(room.getSnapshot()).toMatchObject({ status: 'catching-up', messages: [{ id: 'm6' }] })
    expect(network.socket.all('room.open').slice(1)).toMatchObject([{ since: { seq: 6 } }])
    await openNow(ranged(6, 9, [messageRow(7), messageRow(8), messageRow(9)]))
    network.socket.say(created(10))
    expect(room.getSnapshot()).toMatchObject({
      status: 'live',
      messages: [6, 7, 8, 9, 10].map((n) => ({ id: `m${n}` })),
    })
    expect([events, gaps]).toEqual([[6, 10], []])
  })

  test('a range is applied from any earlier point, and one that begins later is a gap', async () => {
    const { room, network } = await openRoom(opened(5, []))
    const say = (from: number, to: number): void => {
      const rows = { members: [], messages: [messageRow(7)] }
      network.socket.say({ type: 'room.range', roomId: 'general', epoch: 'e1', from, to, ...rows })
    }
    say(4, 7)
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm7' }])
    say(9, 12)
    expect(network.socket.last('room.open').since).toMatchObject({ seq: 7 })
  })

  test('a reset replaces the rows, and is told as a gap unless it is the first load', async () => {
    const { room, network, gaps } = await openRoom(opened(5, [messageRow(5)]))
    const again = opened(400, [messageRow(399)])
    const reset = { ...(again.reset as NonNullable<RoomOpened['reset']>), reason: 'behind' as const }
    network.socket.say({ type: 'room.opened', ...again, reset })
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm399' }])
    expect(gaps).toEqual([{ reason: 'behind', from: 5, to: 400 }])
  })

  test('a range that doesn’t fit is answered with a fresh opening, not with a hole', async () => {
    const { network } = await openRoom(opened(5, []))
    network.socket.say({ type: 'room.opened', ...ranged(8, 9, [messageRow(9)]) })
    expect(network.socket.last('room.open')).not.toHaveProperty('since')
  })

  test('listeners see the new state, and one that throws stops nobody', async () => {
    const { room, network } = await openRoom(opened(5, []))
    const seen: number[] = []
    const consoleError = console.error
    const errors: unknown[] = []
    console.error = (...args) => void errors.push(args)
    room.onEvent(() => {
      throw new Error('mine')
    })
    room.onEvent(() => seen.push(room.getSnapshot().messages.length))
    network.socket.say(created(6), created(7))
    console.error = consoleError
    expect([seen, errors.length]).toEqual([[2, 2], 2])
  })

  test('what a newer service says and this client doesn’t know is skipped', async () => {
    const { room, network } = await openRoom(opened(5, []))
    const unknown = [{ type: 'room.sparkles', roomId: 'general' }, { type: 'weather' }] as unknown as DownItem[]
    network.socket.say(...unknown, created(6))
    expect(room.getSnapshot()).toMatchObject({ status: 'live', messages: [{ id: 'm6' }] })
  })
})
