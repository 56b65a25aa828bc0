import { expect, test } from 'vitest'
import { onEveryStore, startService } from './harness.ts'
import type { Item, Result } from './peer.ts'

onEveryStore((store) => {
  test('[RESUME-1] hello brings every room up to date, then each goes on live', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const rooms = []
    for (const roomId of ['general', 'lobby-1', 'lobby-2']) {
      const { id, seq } = await ann.say(roomId, 'seen')
      const { epoch } = await ann.open(roomId)
      rooms.push({ roomId, epoch, seq, newest: { seq, id } })
      await ann.say(roomId, 'missed')
    }
    const bo = await service.signIn('bo', { rooms })
    for (const { roomId, seq } of rooms) {
      const opened = await bo.push('room.opened', (item) => item.roomId === roomId)
      expect(opened).toMatchObject({ head: seq + 1, me: null, range: { from: seq, to: seq + 1 } })
      expect(opened.range.messages.map((message: Result) => message.text)).toEqual(['missed'])
      await ann.say(roomId, 'live')
      expect(await bo.push('message.created')).toMatchObject({ roomId, seq: seq + 2 })
    }
    expect(bo.items[0]).toHaveProperty('ok.connectionId')
  })

  test('[RESUME-1] room.open with since does the same for one room', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const { seq } = await ann.say('general', 'seen')
    const { epoch } = await ann.open('general')
    await ann.say('general', 'missed')
    const bo = await service.signIn('bo')
    const opened = await bo.open('general', { since: { epoch, seq } })
    expect(opened.range.messages.map((message: Result) => message.text)).toEqual(['missed'])
    expect(opened.reset).toBeUndefined()
  })

  test('[RESUME-2] a range has each row that changed, once, as it is now, tombstones included', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member', cy: 'member', dee: 'guest' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const kept = await ann.say('team', 'kept')
    const edited = await ann.say('team', 'edited')
    const deleted = await ann.say('team', 'deleted')
    const { epoch, head } = await bo.open('team')
    const edit = { type: 'message.edit', roomId: 'team', id: edited.id, editId: crypto.randomUUID() }
    const first = await ann.command({ ...edit, baseVersion: edited.seq, text: 'once' })
    const second = { ...edit, editId: crypto.randomUUID(), baseVersion: first.version, text: 'twice' }
    await ann.command(second)
    await ann.command({ type: 'message.react', roomId: 'team', id: edited.id, emoji: '👍', on: true })
    await ann.command({ type: 'message.delete', roomId: 'team', id: deleted.id })
    await ann.command({ type: 'member.update', roomId: 'team', userId: 'dee', role: 'member' })
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'cy' })
    const { range, ...opened } = await bo.open('team', { since: { epoch, seq: head, newest: deleted } })
    expect(opened).toMatchObject({ epoch, head: head + 6, me: { userId: 'bo' } })
    expect(range).toMatchObject({ from: head, to: head + 6, room: { memberCount: 3, version: head + 6 } })
    expect(range.messages.map((message: Result) => [message.id, message.text, message.version])).toEqual([
      [edited.id, 'twice', head + 3],
      [deleted.id, '', head + 4],
    ])
    const members = range.members.map((member: Result) => [member.userId, member.role, member.gone])
    expect(members.sort()).toEqual([
      ['cy', 'member', 'removed'],
      ['dee', 'member', undefined],
    ])
    expect(JSON.stringify(range)).not.toContain(kept.id)
    const nothing = await bo.open('team', { since: { epoch, seq: head + 6 } })
    expect(nothing.range).toEqual({ from: head + 6, to: head + 6, members: [], messages: [] })
  })

  test('[RESUME-3] a position of another history gives a reset: unknown', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const one = await ann.say('general', 'one')
    const two = await ann.say('general', 'two')
    const { epoch, head } = await ann.open('general')
    const positions = [
      { epoch: 'another', seq: 1 },
      { epoch: '', seq: 1 },
      { epoch, seq: head + 1 },
      { epoch, seq: head, newest: { seq: two.seq, id: one.id } },
      { epoch, seq: head, newest: { seq: two.seq, id: crypto.randomUUID() } },
      { epoch, seq: head, newest: { seq: two.seq + 1, id: two.id } },
    ]
    for (const since of positions) {
      const { reset, range } = await ann.open('general', { since })
      expect(range).toBeUndefined()
      expect(reset.reason).toBe('unknown')
      expect(reset.messages).toHaveLength(2)
    }
  })

  test('[RESUME-4] 300 changed rows are a range, more are a reset: behind', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.say('general', 'first')
    const { epoch, head } = await ann.open('general')
    for (let i = 0; i < 3; i++)
      await Promise.all(Array.from({ length: 100 }, (_, n) => ann.say('general', `${i}-${n}`)))
    const full = await ann.open('general', { since: { epoch, seq: head } })
    expect(full.range.messages).toHaveLength(300)
    await ann.say('general', 'one more')
    const { reset } = await ann.open('general', { since: { epoch, seq: head }, limit: 10 })
    expect(reset).toMatchObject({ reason: 'behind', hasOlder: true })
    expect(reset.messages).toHaveLength(10)
    expect((await ann.open('general')).reset.messages).toHaveLength(50)
  })

  test('[RESUME-4] a reset has the first 100 members, and one’s own row', async () => {
    const service = await startService({ store })
    const ids = Array.from({ length: 110 }, (_, i) => `user-${String(i).padStart(3, '0')}`)
    await service.makeRoom('team', 'private', { zoe: 'member', ...Object.fromEntries(ids.map((id) => [id, 'member'])) })
    const zoe = await service.signIn('zoe')
    const { reset, me } = await zoe.open('team')
    expect(reset).toMatchObject({ reason: 'fresh', membersComplete: false, room: { memberCount: 111 } })
    expect(reset.members).toHaveLength(100)
    expect(me).toMatchObject({ userId: 'zoe' })
    expect(reset.members).toContainEqual(me)
    await service.makeRoom('pair', 'private', { zoe: 'member', ann: 'owner' })
    expect((await zoe.open('pair')).reset).toMatchObject({ membersComplete: true })
  })

  test('[RESUME-5] who saw the room before its first change resumes from there', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    expect(await bo.open('general')).toMatchObject({ epoch: '', head: 0 })
    bo.socket.terminate()
    await ann.say('general', 'first')
    const again = await service.signIn('bo', { rooms: [{ roomId: 'general', epoch: '', seq: 0 }] })
    const { range } = await again.push('room.opened')
    expect(range).toMatchObject({ from: 0, to: 3, room: { id: 'general' } })
    expect([range.members.length, range.messages.length]).toEqual([1, 1])
    const nothing = await again.open('lobby-1', { since: { epoch: '', seq: 0 } })
    expect(nothing.range).toMatchObject({ from: 0, to: 0 })
  })

  test('[RESUME-6] a restart begins a new epoch, and keeps the positions of the old one', async () => {
    if (store === 'memory') return
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const { seq } = await ann.say('general', 'one')
    const { epoch } = await ann.open('general')
    await ann.say('general', 'two')
    await service.restart()
    const bo = await service.signIn('bo', { rooms: [{ roomId: 'general', epoch, seq }] })
    const opened = await bo.push('room.opened')
    expect(opened).toMatchObject({ epoch, head: seq + 1 })
    expect(opened.range.messages.map((message: Result) => message.text)).toEqual(['two'])
    await bo.say('general', 'three')
    const after = await bo.open('general', { since: { epoch, seq: seq + 1 } })
    expect(after.epoch).not.toBe(epoch)
    expect(after.range).toMatchObject({ from: seq + 1, to: seq + 3 })
    const ahead = await bo.open('general', { since: { epoch, seq: seq + 2 } })
    expect(ahead.reset.reason).toBe('unknown')
  })

  test('[RESUME-7] rooms that can’t be opened are closed, and the others opened', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    await service.makeRoom('left', 'private', { ann: 'owner', bo: 'member' })
    const ann = await service.signIn('ann')
    await ann.command({ type: 'member.remove', roomId: 'left', userId: 'bo' })
    const rooms = ['general', 'team', 'nowhere', 'left', 'lobby-1'].map((roomId) => ({ roomId, epoch: '', seq: 0 }))
    const bo = await service.signIn('bo', { rooms })
    await bo.until(() => bo.stream().length === 5, 'an answer for each room')
    expect(Object.fromEntries(bo.stream().map((item: Item) => [item.roomId, item.reason ?? item.type]))).toEqual({
      general: 'room.opened',
      team: 'not_found',
      nowhere: 'not_found',
      left: 'removed',
      'lobby-1': 'room.opened',
    })
    for (const roomId of ['general', 'lobby-1']) {
      const { seq } = await bo.say(roomId, 'live')
      await bo.push('message.created', (item) => item.roomId === roomId && item.seq === seq)
    }
  })

  test('[RESUME-7] a room that is closed and opened again meanwhile is answered by those commands alone', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.say('general', 'seen')
    const bo = await service.connect()
    bo.send({ type: 'hello', token: service.token('bo'), rooms: [{ roomId: 'general', epoch: '', seq: 0 }] })
    bo.send({ type: 'room.close', roomId: 'general' })
    const opened = await bo.reply(bo.send({ type: 'room.open', roomId: 'general' }))
    expect(opened).toMatchObject({ ok: { roomId: 'general', reset: { reason: 'fresh' } } })
    await ann.say('general', 'live')
    await bo.push('message.created')
    expect(bo.stream().map(({ type }) => type)).toEqual(['message.created'])
  })

  test('[RESUME-7] so are rooms beyond the limit of the connection', async () => {
    const service = await startService({ store, config: { roomsPerConnection: 2 } })
    const rooms = [1, 2, 3].map((n) => ({ roomId: `lobby-${n}`, epoch: '', seq: 0 }))
    const bo = await service.signIn('bo', { rooms })
    await bo.until(() => bo.stream().length === 3, 'an answer for each room')
    expect(
      bo
        .stream()
        .filter((item) => item.reason === 'not_found')
        .map((item) => item.roomId),
    ).toEqual(['lobby-3'])
  })
})
