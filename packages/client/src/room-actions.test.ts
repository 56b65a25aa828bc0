import { describe, expect, test } from 'vitest'
import { createFakeClient } from './testing/fake-runtime.ts'
import { older, openRoom, SNAPSHOT } from './testing/open-room.ts'
import { ADA, memberRow, messageRow, opened, roomRow } from './testing/rows.ts'

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
