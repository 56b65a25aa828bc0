import type { DownItem, Event, MessageListResult, RoomOpened, Snapshot } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { CLOSE_DELAY_MS } from './room.ts'
import { settle } from './testing/fake-clock.ts'
import { createFakeClient } from './testing/fake-runtime.ts'
import { ADA, memberRow, messageRow, opened, roomRow, welcome } from './testing/rows.ts'
import type { Gap } from './types.ts'

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

describe('history', () => {
  test('a page is added before the oldest message, and an edit that overtook it stays', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    expect(room.getSnapshot().hasOlder).toBe(true)
    const loaded = room.loadOlder()
    expect(room.loadOlder()).toBe(loaded)
    expect(room.getSnapshot().isLoadingOlder).toBe(true)
    const asked = network.socket.last('message.list')
    expect(asked).toMatchObject({ before: 9, limit: 50, position: { epoch: 'e1', seq: 9 } })
    network.socket.say(
      { type: 'message.edited', roomId: 'general', seq: 10, message: messageRow(3, 10) },
      { ref: asked.ref, ok: list(9, [messageRow(3), messageRow(4)]) },
    )
    await loaded
    expect(room.getSnapshot()).toMatchObject({
      ...{ isLoadingOlder: false, hasOlder: false },
      messages: [{ id: 'm3', version: 10 }, { id: 'm4' }, { id: 'm9' }],
    })
    expect(network.socket.all('message.list')).toHaveLength(1)
  })

  test('a page that is fresher than the stream waits for it', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(10, [messageRow(3, 10)]) })
    expect(room.getSnapshot().messages).toHaveLength(1)
    network.socket.say(created(10))
    await loaded
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm3' }, { id: 'm9' }, { id: 'm10' }])
  })

  test('a page that was asked for before a reset is dropped', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.say(
      { type: 'room.opened', ...older(90, [messageRow(90)]) },
      { ref: network.socket.last('message.list').ref, ok: list(9, [messageRow(3)]) },
    )
    await loaded
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm90' }])
  })

  test('an answer that crossed a new epoch is asked for again, in that epoch', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.say(
      { ...created(10), epoch: 'e2' },
      { ref: network.socket.last('message.list').ref, ok: list(9, [messageRow(3)]) },
    )
    const again = network.socket.last('message.list')
    expect(again.position).toEqual({ epoch: 'e2', seq: 10 })
    network.socket.say({ ref: again.ref, ok: { ...list(10, [messageRow(3)]), epoch: 'e2' } })
    await loaded
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm3' }, { id: 'm9' }, { id: 'm10' }])
  })

  test('a jump shows the page around a message, and new ones wait at the live end', async () => {
    const { room, network } = await openRoom(older(90, [messageRow(90)]))
    const jumped = room.jumpTo('m40')
    expect(network.socket.last('message.list')).toMatchObject({ around: 'm40' })
    const page = { ...list(90, [messageRow(39), messageRow(40)]), hasOlder: true, hasNewer: true }
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: page }, created(91))
    await jumped
    expect(room.getSnapshot()).toMatchObject({ hasNewer: true, messages: [{ id: 'm39' }, { id: 'm40' }] })

    const newer = room.loadNewer()
    expect(network.socket.last('message.list')).toMatchObject({ after: 40 })
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(91, [messageRow(90), messageRow(91)]) })
    await newer
    network.socket.say(created(92))
    expect(room.getSnapshot().hasNewer).toBe(false)
    expect(room.getSnapshot().messages.map(({ seq }) => seq)).toEqual([39, 40, 90, 91, 92])
  })

  test('a message that is loaded is jumped to without asking; an unknown one rejects', async () => {
    const { room, network } = await openRoom(opened(9, [messageRow(9)]))
    await room.jumpTo('m9')
    expect(network.socket.all('message.list')).toEqual([])
    const jumped = room.jumpTo('nobody')
    const error = { code: 'message_not_found', message: 'no', retryable: false } as const
    network.socket.say({ ref: network.socket.last('message.list').ref, error })
    await expect(jumped).rejects.toMatchObject({ code: 'message_not_found' })
    expect(room.getSnapshot().messages).toHaveLength(1)
  })

  test('a jump that a reset overtook is asked for again', async () => {
    const { room, network } = await openRoom(older(90, [messageRow(90)]))
    const jumped = room.jumpTo('m40')
    const page = (row: ReturnType<typeof messageRow>) => ({ ...list(90, [row]), hasOlder: true, hasNewer: true })
    network.socket.say(
      { type: 'room.opened', ...older(91, [messageRow(90)]) },
      { ref: network.socket.last('message.list').ref, ok: page(messageRow(40)) },
    )
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm90' }])
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: page(messageRow(40, 91)) })
    await jumped
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm40', version: 91 }])
  })

  test('a newer page for a window that a jump replaced is dropped', async () => {
    const { room, network } = await openRoom(older(90, [messageRow(90)]))
    const jump = (id: string, seq: number): void => {
      void room.jumpTo(id)
      const page = { ...list(90, [messageRow(seq)]), hasOlder: true, hasNewer: true }
      network.socket.say({ ref: network.socket.last('message.list').ref, ok: page })
    }
    jump('m40', 40)
    const loaded = room.loadNewer()
    const { ref } = network.socket.last('message.list')
    jump('m20', 20)
    network.socket.say({ ref, ok: { ...list(90, [messageRow(41)]), hasNewer: true } })
    await loaded
    expect(room.getSnapshot()).toMatchObject({ hasNewer: true, messages: [{ id: 'm20' }] })
  })

  test('of two jumps the newer one counts', async () => {
    const { room, network } = await openRoom(older(90, [messageRow(90)]))
    void room.jumpTo('m40')
    const first = network.socket.last('message.list')
    const latest = room.jumpTo('m20')
    const second = network.socket.last('message.list')
    network.socket.say({ ref: second.ref, ok: { ...list(90, [messageRow(20)]), hasNewer: true } })
    await latest
    network.socket.say({ ref: first.ref, ok: { ...list(90, [messageRow(40)]), hasNewer: true } })
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm20' }])
  })

  test('sending while looking at history goes back to the live end', async () => {
    const { room, network } = await openRoom(older(90, [messageRow(90)]))
    void room.jumpTo('m40')
    const page = { ...list(90, [messageRow(40)]), hasNewer: true }
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: page })
    void room.send('hi')
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(90, [messageRow(90)]) })
    expect(room.getSnapshot()).toMatchObject({ hasNewer: false, messages: [{ id: 'm90' }, { text: 'hi' }] })
  })

  test('a page that the connection lost is asked for again on the next one', async () => {
    const { room, network, clock, welcomeNow } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.end(1006)
    await clock.advance(250)
    await welcomeNow()
    network.socket.say({ type: 'room.opened', ...ranged(9, 9, []) })
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(9, [messageRow(3)]) })
    await loaded
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm3' }, { id: 'm9' }])
  })

  test('without a connection a page is given up after a while, and says so', async () => {
    const { room, network, clock } = await openRoom(older(9, [messageRow(9)]))
    network.socket.end(1006)
    const loaded = room.loadOlder()
    await clock.advance(20_000)
    await expect(loaded).rejects.toMatchObject({ code: 'offline', retryable: true })
    expect(room.getSnapshot().isLoadingOlder).toBe(false)
  })

  test('members that weren’t sent are loaded page by page', async () => {
    const start = opened(9, [])
    const reset = { ...(start.reset as NonNullable<RoomOpened['reset']>), membersComplete: false }
    const { room, network } = await openRoom({ ...start, reset })
    const loaded = room.loadMembers()
    const answer = (members: string[], hasMore: boolean): void => {
      const rows = members.map((userId) => memberRow(userId, 3))
      const { ref } = network.socket.last('member.list')
      network.socket.say({ ref, ok: { epoch: 'e1', head: 9, members: rows, hasMore } })
    }
    answer(['bob', 'cy'], true)
    expect(network.socket.last('member.list')).toMatchObject({ after: 'cy' })
    answer(['dan'], false)
    await loaded
    expect(room.getSnapshot()).toMatchObject({ membersComplete: true })
    expect(room.getSnapshot().members.map(({ userId }) => userId)).toEqual(['ada', 'bob', 'cy', 'dan'])
  })
})

describe('actions', () => {
  test('a message keeps its id from the first keypress to its row, and never shows twice', async () => {
    const { room, network } = await openRoom(opened(5, []))
    const sent = room.send('hi')
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'id-1', status: 'pending', user: ADA }])
    const { ref } = network.socket.last('message.send')
    network.socket.say({ ref, ok: { id: 'id-1', seq: 6 } })
    expect(await sent).toEqual({ id: 'id-1', seq: 6 })
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'id-1', status: 'sent', seq: 6 }])
    const message = messageRow(6, 6, { id: 'id-1', user: ADA, text: 'hi' })
    network.socket.say({ type: 'message.created', roomId: 'general', seq: 6, message })
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'id-1', status: 'sent', version: 6 }])
  })

  test('an ack in one frame with its event is one notification, and nothing flickers', async () => {
    const { room, network } = await openRoom(opened(5, []))
    void room.send('hi')
    const statuses: unknown[] = []
    room.subscribe(() => statuses.push(room.getSnapshot().messages.map(({ id, status }) => [id, status])))
    const message = messageRow(6, 6, { id: 'id-1', user: ADA, text: 'hi' })
    network.socket.say(
      { ref: network.socket.last('message.send').ref, ok: { id: 'id-1', seq: 6 } },
      { type: 'message.created', roomId: 'general', seq: 6, message },
    )
    expect(statuses).toEqual([[['id-1', 'sent']]])
  })

  test('a send connects, also without an open room, and leaves nothing behind', async () => {
    const { client, network, welcomeNow } = createFakeClient()
    const room = client.room('general')
    const sent = room.send({ text: 'hi', data: { a: 1 } })
    await welcomeNow()
    network.socket.say({ ref: network.socket.last('message.send').ref, ok: { id: 'id-1', seq: 6 } })
    await sent
    expect(room.getSnapshot().messages).toEqual([])
    expect(network.socket.all('room.open')).toEqual([])
  })

  test('a message without text or data is refused here', async () => {
    const { room, network } = await openRoom(opened(5, []))
    await expect(room.send(' \n')).rejects.toMatchObject({ code: 'message_empty' })
    expect([room.getSnapshot().messages, network.socket.all('message.send')]).toEqual([[], []])
  })

  test('a refused send shows in the row and in the room until the next one succeeds', async () => {
    const { room, network } = await openRoom(opened(5, []))
    void room.send('one')
    const error = { code: 'forbidden', message: 'no', retryable: false } as const
    network.socket.say({ ref: network.socket.last('message.send').ref, error })
    expect(room.getSnapshot()).toMatchObject({
      ...{ status: 'live', error: { code: 'forbidden' } },
      messages: [{ status: 'failed', text: 'one', error: { code: 'forbidden' } }],
    })
    void room.send('two')
    network.socket.say({ ref: network.socket.last('message.send').ref, ok: { id: 'id-2', seq: 6 } })
    expect(room.getSnapshot().error).toBeNull()
  })

  test('an edit shows at once and is taken back when it is refused', async () => {
    const { room, network } = await openRoom(opened(5, [messageRow(5)]))
    const edited = room.edit('m5', 'new')
    expect(room.getSnapshot().messages).toMatchObject([{ text: 'new', isChanging: true }])
    expect(network.socket.last('message.edit')).toMatchObject({ id: 'm5', text: 'new', baseVersion: 5 })
    const error = { code: 'edit_conflict', message: 'no', retryable: false } as const
    network.socket.say({ ref: network.socket.last('message.edit').ref, error })
    await expect(edited).rejects.toMatchObject({ code: 'edit_conflict' })
    expect(room.getSnapshot()).toMatchObject({
      ...{ messages: [{ text: 'text 5', isChanging: false }], error: { code: 'edit_conflict' } },
    })
  })

  test('a reaction without a direction is the other one of what is shown', async () => {
    const { room, network } = await openRoom(opened(5, [messageRow(5)]))
    void room.react('m5', '👍')
    expect(room.getSnapshot().messages[0]?.reactions).toEqual([{ emoji: '👍', userIds: ['ada'], mine: true }])
    void room.react('m5', '👍')
    expect(room.getSnapshot().messages[0]?.reactions).toEqual([])
    network.socket.say({ ref: network.socket.last('message.react').ref, ok: { id: 'm5', version: 6 } })
    expect(network.socket.all('message.react').map(({ on }) => on)).toEqual([true, false])
  })

  test('removing what was never sent discards it; what is not there is an error', async () => {
    const { client, network } = createFakeClient()
    const room = client.room('general', { initial: SNAPSHOT })
    const sent = room.send('one')
    await room.edit('id-1', 'two')
    expect(room.getSnapshot().messages.at(-1)).toMatchObject({ id: 'id-1', text: 'two', status: 'pending' })
    await room.remove('id-1')
    await expect(sent).rejects.toMatchObject({ code: 'discarded' })
    expect(room.getSnapshot().messages).toHaveLength(1)
    await expect(room.edit('nobody', 'x')).rejects.toMatchObject({ code: 'message_not_found' })
    await expect(room.react('nobody', '👍')).rejects.toMatchObject({ code: 'message_not_found' })
    expect(network.sockets.flatMap(({ sent }) => sent)).toEqual([])
  })

  test('a message that is on its way can’t be edited yet', async () => {
    const { room } = await openRoom(opened(5, []))
    void room.send('one')
    await expect(room.edit('id-1', 'two')).rejects.toMatchObject({ code: 'message_pending' })
  })

  test('rejections that nobody awaits are no unhandled ones', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { client, room } = await openRoom(older(9, [messageRow(9)]))
    void room.send('')
    void room.send('one')
    void room.edit('nobody', 'x')
    void room.remove('m9')
    void room.react('nobody', 'x')
    void room.retry('nobody')
    void room.discard('nobody')
    void room.loadOlder()
    void room.jumpTo('nobody')
    void room.join()
    void room.leave()
    void room.addMember('bob')
    void client.listRooms()
    client.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  test('denied for good, nothing that waits is left hanging, and the typed text stays', async () => {
    const { client, room, network } = await openRoom(older(9, [messageRow(9)]))
    const [loaded, edited] = [room.loadOlder(), room.edit('m9', 'x')]
    void room.send('typed')
    network.socket.end(4403)
    await expect(loaded).rejects.toMatchObject({ code: 'session_revoked' })
    await expect(edited).rejects.toMatchObject({ code: 'session_revoked' })
    await expect(client.listRooms()).rejects.toMatchObject({ code: 'session_revoked' })
    expect(room.getSnapshot()).toMatchObject({
      ...{ status: 'denied', error: { code: 'session_revoked' } },
      messages: [
        { id: 'm9', text: 'text 9' },
        { text: 'typed', status: 'pending' },
      ],
    })
  })

  test('what a role may do follows the members’ rows', async () => {
    const { room, network } = await openRoom(opened(5, []))
    expect([room.can('message.send'), room.can('member.remove')]).toEqual([true, false])
    const member = memberRow('ada', 6, { role: 'moderator' })
    network.socket.say({ type: 'member.updated', roomId: 'general', seq: 6, member, room: roomRow() })
    expect(room.can('member.remove')).toBe(true)
    expect(room.getSnapshot().me).toEqual(member)
  })
})

const SNAPSHOT: Snapshot = {
  ...{ roomId: 'general', epoch: 'e1', head: 5, user: ADA, room: roomRow(), me: memberRow('ada', 2) },
  ...{ messages: [messageRow(5)], hasOlder: true, members: [memberRow('ada', 2)], membersComplete: true },
}

/** A client with one open room, and what it told. */
async function openRoom(answer: RoomOpened) {
  const chat = createFakeClient()
  const room = chat.client.room('general')
  const events: number[] = []
  const gaps: Gap[] = []
  room.onEvent(({ seq }) => events.push(seq))
  room.onGap((gap) => gaps.push(gap))
  room.open()
  await chat.welcomeNow()
  await chat.openNow(answer)
  return { ...chat, room, events, gaps }
}

function created(seq: number): Event {
  return { type: 'message.created', roomId: 'general', seq, message: messageRow(seq) }
}

function older(head: number, messages: ReturnType<typeof messageRow>[]): RoomOpened {
  const room = opened(head, messages)
  return { ...room, reset: { ...(room.reset as NonNullable<RoomOpened['reset']>), hasOlder: true } }
}

function ranged(from: number, to: number, messages: ReturnType<typeof messageRow>[]): RoomOpened {
  const { reset: _, ...room } = opened(to, [])
  return { ...room, range: { from, to, members: [], messages } }
}

function list(head: number, messages: ReturnType<typeof messageRow>[]): MessageListResult {
  return { epoch: 'e1', head, messages, hasOlder: false, hasNewer: false }
}
