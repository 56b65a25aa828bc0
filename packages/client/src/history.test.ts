import type { RoomOpened } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { created, list, older, openRoom, ranged } from './testing/open-room.ts'
import { memberRow, messageRow, opened } from './testing/rows.ts'

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

  test('a page that waits for the stream fails when its reader is removed', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(10, [messageRow(3, 10)]) })
    network.socket.say({ type: 'room.closed', roomId: 'general', reason: 'removed' })
    await expect(loaded).rejects.toMatchObject({ code: 'removed' })
    expect(room.getSnapshot()).toMatchObject({ status: 'denied', isLoadingOlder: false })
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

  test('an answer from above where a restored backup ends is asked for again, in the new epoch', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: list(25, [messageRow(3)]) })
    network.socket.say({ ...created(10), epoch: 'e2' })
    const again = network.socket.last('message.list')
    expect(again.position).toEqual({ epoch: 'e2', seq: 10 })
    network.socket.say({ ref: again.ref, ok: { ...list(10, [messageRow(3)]), epoch: 'e2' } })
    await loaded
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm3' }, { id: 'm9' }, { id: 'm10' }])
  })

  test('an answer of an epoch that the stream has yet to open waits for it', async () => {
    const { room, network } = await openRoom(older(9, [messageRow(9)]))
    const loaded = room.loadOlder()
    const answer = { ...list(11, [messageRow(3)]), epoch: 'e2' }
    network.socket.say({ ref: network.socket.last('message.list').ref, ok: answer })
    network.socket.say({ ...created(10), epoch: 'e2' }, created(11))
    await loaded
    expect(network.socket.all('message.list')).toHaveLength(1)
    expect(room.getSnapshot().messages).toMatchObject([{ id: 'm3' }, { id: 'm9' }, { id: 'm10' }, { id: 'm11' }])
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
