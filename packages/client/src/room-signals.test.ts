import type { PresenceSignal, TypingSignal } from '@parlor/protocol'
import { describe, expect, test, vi } from 'vitest'
import { createFakeClient } from './testing/fake-runtime.ts'
import { created, openRoom } from './testing/open-room.ts'
import { opened } from './testing/rows.ts'

describe('typing', () => {
  test('[TYPE-2] is said at the first key and again while keys are pressed, and ends after a pause', async () => {
    const { room, network, clock } = await openRoom(opened(5, []))
    for (let key = 0; key < 11; key++) {
      room.setTyping(true)
      await clock.advance(600)
    }
    expect(network.socket.all('typing.set').map(({ on }) => on)).toEqual([true, true, true])
    await clock.advance(5_000)
    expect(network.socket.last('typing.set')).toMatchObject({ roomId: 'general', on: false })
    room.setTyping(false)
    expect(network.socket.all('typing.set')).toHaveLength(4)
  })

  test('[TYPE-2] ends with the message that is sent, without a word', async () => {
    const { room, network, clock } = await openRoom(opened(5, []))
    room.setTyping(true)
    void room.send('what I wrote')
    await clock.advance(10_000)
    expect(network.socket.all('typing.set')).toHaveLength(1)
    room.setTyping(true)
    expect(network.socket.all('typing.set')).toHaveLength(2)
  })

  test('others are shown until they stop or their message is there; the list hears nothing of it', async () => {
    const { room, network } = await openRoom(opened(5, []))
    const [list, typing] = [vi.fn(), vi.fn()]
    room.subscribe(list)
    room.typing.subscribe(typing)
    network.socket.say(writing('ada', 'bob', 'cy'))
    expect(room.typing.getSnapshot()).toEqual({
      typers: [
        { id: 'bob', name: 'bob' },
        { id: 'cy', name: 'cy' },
      ],
      count: 2,
    })
    expect(list).not.toHaveBeenCalled()
    network.socket.say(created(6))
    expect(room.typing.getSnapshot()).toMatchObject({ typers: [{ id: 'cy' }], count: 1 })
    network.socket.say(writing())
    expect(room.typing.getSnapshot()).toEqual({ typers: [], count: 0 })
    expect(typing).toHaveBeenCalledTimes(3)
    network.socket.say(writing('ada'))
    expect(typing).toHaveBeenCalledTimes(3)
  })

  test('a break ends what was shown; who goes on writing says it again', async () => {
    const { room, network, clock, welcomeNow } = await openRoom(opened(5, []))
    network.socket.say(writing('bob'))
    room.setTyping(true)
    network.socket.end(1006)
    expect(room.typing.getSnapshot().count).toBe(0)
    await clock.advance(1_000)
    await welcomeNow()
    expect(network.socket.all('typing.set')).toEqual([])
    network.socket.say({ type: 'room.opened', ...resumed() })
    expect(network.socket.all('typing.set')).toHaveLength(1)
  })
})

describe('presence', () => {
  test('[PRES-1] is asked for while somebody listens, and not any more a moment after', async () => {
    const { room, network, clock } = await openRoom(opened(5, []))
    expect(network.socket.all('presence.watch')).toEqual([])
    const stops = [room.presence.subscribe(() => {}), room.presence.subscribe(() => {})]
    expect(network.socket.all('presence.watch').map(({ on }) => on)).toEqual([true])
    network.socket.say(there('ada', 'bob'))
    expect(room.presence.getSnapshot()).toEqual({
      ...{ online: there('ada', 'bob').users, count: 2, isComplete: true, isDegraded: false, isLoading: false },
    })
    for (const stop of stops) stop()
    const again = room.presence.subscribe(() => {})
    await clock.advance(10_000)
    expect(network.socket.all('presence.watch')).toHaveLength(1)
    again()
    await clock.advance(10_000)
    expect(network.socket.all('presence.watch').map(({ on }) => on)).toEqual([true, false])
    expect(room.presence.getSnapshot().isLoading).toBe(true)
  })

  test('[LIMIT-1] what was asked too fast is asked again when it may be', async () => {
    const { room, network, clock } = await openRoom(opened(5, []))
    room.presence.subscribe(() => {})
    const error = { code: 'rate_limited', message: 'too fast', retryable: true, retryAfterMs: 3_000 } as const
    network.socket.say({ ref: network.socket.last('presence.watch').ref, error })
    await clock.advance(2_999)
    expect(network.socket.all('presence.watch')).toHaveLength(1)
    await clock.advance(1)
    expect(network.socket.all('presence.watch')).toHaveLength(2)
    room.setTyping(true)
    network.socket.say({ ref: network.socket.last('typing.set').ref, error })
    room.setTyping(true)
    expect(network.socket.all('typing.set')).toHaveLength(1)
    await clock.advance(2_500)
    room.setTyping(true)
    expect(network.socket.all('typing.set')).toHaveLength(2)
  })

  test('[G10] over a break and a service that has just started, nobody goes and comes', async () => {
    const { room, network, clock, welcomeNow } = await openRoom(opened(5, []))
    const counts: number[] = []
    room.presence.subscribe(() => counts.push(room.presence.getSnapshot().count))
    network.socket.say(there('ada', 'bob', 'cy'))
    network.socket.end(1006)
    expect(room.presence.getSnapshot()).toMatchObject({ count: 3, isDegraded: true })
    await clock.advance(1_000)
    await welcomeNow()
    network.socket.say({ type: 'room.opened', ...resumed() })
    expect(network.socket.all('presence.watch')).toHaveLength(1)
    network.socket.say({ ...there('ada'), isDegraded: true })
    network.socket.say({ ...there('ada', 'bob'), isDegraded: true })
    expect(new Set(counts)).toEqual(new Set([3]))
    expect(room.presence.getSnapshot().isDegraded).toBe(true)
    network.socket.say(there('ada', 'bob'))
    expect(room.presence.getSnapshot()).toMatchObject({ count: 2, isDegraded: false })
  })

  test('[PRES-4] of very many, the first who came and the number', async () => {
    const { room, network } = await openRoom(opened(5, []))
    room.presence.subscribe(() => {})
    network.socket.say({ ...there('ada', 'bob'), count: 2_000 })
    expect(room.presence.getSnapshot()).toMatchObject({ count: 2_000, isComplete: false })
  })

  test('[SIG-5] who is removed knows nothing any more', async () => {
    const { room, network } = await openRoom(opened(5, []))
    room.presence.subscribe(() => {})
    network.socket.say(there('ada', 'bob'), writing('bob'))
    network.socket.say({ type: 'room.closed', roomId: 'general', reason: 'removed' })
    expect(room.presence.getSnapshot()).toMatchObject({ count: 0, isLoading: true })
    expect(room.typing.getSnapshot().count).toBe(0)
  })

  test('[PRES-2] a page that nobody looks at for a minute is away, on the next connection too', async () => {
    const chat = await openRoom(opened(5, []))
    const { network, clock, signal, welcomeNow } = chat
    signal('hidden')
    await pass(chat, 59)
    signal('visible')
    network.socket.say({ ref: network.socket.last('ping').ref, ok: { serverTime: 1 } })
    await pass(chat, 60)
    expect(network.socket.all('presence.set')).toEqual([])
    signal('hidden')
    await pass(chat, 60)
    expect(network.socket.last('presence.set').state).toBe('away')
    network.socket.end(1006)
    await clock.advance(1_000)
    await welcomeNow()
    expect(network.socket.last('presence.set').state).toBe('away')
    signal('visible')
    expect(network.socket.last('presence.set').state).toBe('online')
  })
})

test('[VER-1] an older service hears nothing of all this', async () => {
  const chat = createFakeClient()
  const { client, network, signal, welcomeNow, openNow } = chat
  const room = client.room('general')
  room.open()
  await welcomeNow({ protocol: 1 })
  await openNow(opened(5, []))
  room.presence.subscribe(() => {})
  room.setTyping(true)
  signal('hidden')
  await pass(chat, 70)
  expect(network.sockets).toHaveLength(1)
  expect(network.socket.sent.map(({ type }) => type).filter((type) => /^(typing|presence)/.test(type))).toEqual([])
})

/** So many seconds, in which the service is heard. */
async function pass({ clock, network }: ReturnType<typeof createFakeClient>, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    network.socket.say()
    await clock.advance(1_000)
  }
}

function writing(...ids: string[]): TypingSignal {
  return { type: 'typing', roomId: 'general', users: ids.map((id) => ({ id, name: id })), count: ids.length }
}

function there(...ids: string[]): PresenceSignal {
  const users = ids.map((id) => ({ id, name: id, state: 'online' as const }))
  return { type: 'presence', roomId: 'general', users, count: users.length }
}

/** Nothing happened meanwhile. */
function resumed() {
  const { reset: _, ...room } = opened(5, [])
  return { ...room, range: { from: 5, to: 5, members: [], messages: [] } }
}
