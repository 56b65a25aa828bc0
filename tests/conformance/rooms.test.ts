import { describe, expect, test } from 'vitest'
import { onEveryStore, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'

const ID = '019e2a7c-6f00-7000-8000-000000000001'

onEveryStore((store) => {
  test('[ROOM-1] room.open has the rows, goes on live, and writes nothing', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const first = await ann.say('general', 'before')
    const opened = await bo.open('general')
    expect(opened).toMatchObject({ roomId: 'general', head: 3, me: null, reset: { reason: 'fresh', hasOlder: false } })
    expect(opened.reset.messages.map((message: { id: string }) => message.id)).toEqual([first.id])
    const second = await ann.say('general', 'after')
    expect(await bo.push('message.created')).toMatchObject({ seq: 4, message: { id: second.id } })
    await bo.settle()
    expect(bo.stream()).toHaveLength(1)
    expect((await bo.open('general')).head).toBe(4)
  })

  test('[ROOM-2] a room of PUBLIC_ROOMS exists before anything was written', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    for (const roomId of ['general', 'lobby-', 'lobby-7']) {
      expect(await ann.open(roomId)).toEqual({
        roomId,
        epoch: '',
        head: 0,
        me: null,
        reset: {
          reason: 'fresh',
          room: {
            id: roomId,
            kind: 'public',
            name: null,
            memberCount: 0,
            floor: 1,
            createdAt: expect.any(Number),
            version: 0,
          },
          messages: [],
          hasOlder: false,
          members: [],
          membersComplete: true,
        },
      })
    }
    for (const roomId of ['General', 'generals', 'lobby', 'my-lobby-7']) {
      expect((await ann.refused({ type: 'room.open', roomId })).code).toBe('room_not_found')
    }
  })

  test('[ROOM-3] anybody reads a public room, and is nobody in it', async () => {
    const service = await startService({ store })
    await service.makeRoom('news', 'public', { ann: 'owner' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await ann.say('news', 'hello')
    const opened = await bo.open('news')
    expect(opened.me).toBeNull()
    expect(opened.reset.room.memberCount).toBe(1)
    expect((await bo.command({ type: 'message.list', roomId: 'news' })).messages).toHaveLength(1)
    expect((await bo.command({ type: 'member.list', roomId: 'news' })).members).toHaveLength(1)
    expect((await ann.open('news')).me).toMatchObject({ userId: 'ann', role: 'owner' })
  })

  test('[ROOM-4] room.join makes a member, once', async () => {
    const service = await startService({ store })
    await service.makeRoom('news', 'public', { ann: 'owner' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await ann.open('news')
    const joined = await bo.command({ type: 'room.join', roomId: 'news' })
    expect(joined.member).toMatchObject({ userId: 'bo', name: 'Bo', role: 'member', version: joined.head })
    expect(await bo.command({ type: 'room.join', roomId: 'news' })).toEqual(joined)
    expect(await ann.push('member.joined')).toMatchObject({ seq: joined.head, room: { memberCount: 2 } })
    await ann.settle()
    expect(ann.stream()).toHaveLength(1)
  })

  test('[ROOM-4] the first message joins, in the same transaction', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await ann.open('general')
    await bo.say('general', 'hi')
    await ann.push('message.created')
    expect(ann.stream().map((item) => [item.type, item.seq])).toEqual([
      ['room.created', 1],
      ['member.joined', 2],
      ['message.created', 3],
    ])
    const { id } = await bo.say('general', 'again')
    await ann.command({ type: 'message.react', roomId: 'general', id, emoji: '👋', on: true })
    await ann.push('message.reacted')
    expect(ann.stream().map((item) => [item.type, item.seq])).toEqual([
      ['room.created', 1],
      ['member.joined', 2],
      ['message.created', 3],
      ['message.created', 4],
      ['member.joined', 5],
      ['message.reacted', 6],
    ])
  })

  test('[ROOM-5] room.leave ends a membership, once; a visitor of a public room goes on reading', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.open('general')
    await ann.command({ type: 'room.join', roomId: 'general' })
    const left = await ann.command({ type: 'room.leave', roomId: 'general' })
    expect(await ann.push('member.left')).toMatchObject({ seq: left.head, member: { gone: 'left' } })
    expect(await ann.command({ type: 'room.leave', roomId: 'general' })).toEqual(left)
    await ann.say('general', 'back')
    expect(await ann.push('message.created')).toMatchObject({ seq: left.head + 2 })
  })

  test('[ROOM-5] who left a private room reads it no more; its last owner stays', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('team')
    expect((await ann.refused({ type: 'room.leave', roomId: 'team' })).code).toBe('last_owner')
    await bo.command({ type: 'room.leave', roomId: 'team' })
    await bo.push('room.closed')
    await ann.say('team', 'he is gone')
    await bo.settle()
    expect(bo.stream().map((item) => item.type)).toEqual(['member.left', 'room.closed'])
    expect((await bo.refused({ type: 'room.open', roomId: 'team' })).code).toBe('room_not_found')
  })

  test('[ROOM-6] an unknown room and a private room of others answer alike to every command', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    await service.makeRoom('pair', 'direct', { ann: 'owner', cy: 'owner' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const { id } = await ann.say('team', 'private')
    await ann.say('pair', 'private', { id })
    const commands = [
      { type: 'room.open' },
      { type: 'room.open', since: { epoch: 'e', seq: 1 } },
      { type: 'room.join' },
      { type: 'room.leave' },
      { type: 'room.close' },
      { type: 'member.list' },
      { type: 'member.add', userId: 'bo' },
      { type: 'member.remove', userId: 'ann' },
      { type: 'member.update', userId: 'ann', role: 'guest' },
      { type: 'message.list' },
      { type: 'message.list', around: id },
      { type: 'message.send', id, text: 'private' },
      { type: 'message.send', id: ID, text: 'x', attempt: 1 },
      { type: 'message.edit', id, text: 'x', editId: ID, baseVersion: 2 },
      { type: 'message.delete', id },
      { type: 'message.cancel', id },
      { type: 'message.react', id, emoji: '👍', on: true },
    ]
    for (const command of commands) {
      const answers = []
      for (const roomId of ['nowhere', 'team', 'pair']) {
        const { ref: _, ...answer } = await bo.reply(bo.send({ ...command, roomId }))
        answers.push(answer)
      }
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
      const isSilent = command.type === 'room.close' || command.type === 'message.cancel'
      if (!isSilent) expect(answers[0]?.error.code).toBe('room_not_found')
    }
    expect((await ann.command({ type: 'message.list', roomId: 'team' })).messages).toHaveLength(1)
  })

  test('[ROOM-7] room.close stops the events, and never fails', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('general')
    expect(await bo.command({ type: 'room.close', roomId: 'general' })).toEqual({})
    await ann.say('general', 'hi')
    await bo.settle()
    expect(bo.stream()).toEqual([])
    for (const roomId of ['general', 'nowhere']) {
      expect(await bo.command({ type: 'room.close', roomId })).toEqual({})
    }
  })

  test('[ROOM-9] room.list has one’s own rooms and the public ones, newest activity first', async () => {
    const clock = new ManualClock()
    const service = await startService({ store, clock })
    await service.makeRoom('team', 'private', { ann: 'owner' })
    await clock.advance(10)
    await service.makeRoom('secret', 'private', { bo: 'owner' })
    await service.makeRoom('news', 'public', { bo: 'owner' })
    const ann = await service.signIn('ann')
    expect((await ann.command({ type: 'room.list' })).rooms.map(summaryOf)).toEqual([
      ['news', null, null],
      ['team', 'owner', null],
    ])
    await clock.advance(10)
    const { id } = await ann.say('team', 'hi')
    await clock.advance(10)
    await ann.say('general', 'hi all')
    expect((await ann.command({ type: 'room.list' })).rooms.map(summaryOf)).toEqual([
      ['general', 'member', 'hi all'],
      ['team', 'owner', 'hi'],
      ['news', null, null],
    ])
    await ann.command({ type: 'message.delete', roomId: 'team', id })
    const { rooms } = await ann.command({ type: 'room.list' })
    const team = rooms.find((summary: Summary) => summary.room.id === 'team')
    expect(team).toMatchObject({ head: 4, lastMessage: { id, text: '', deletedBy: 'ann' } })
  })

  test('[ROOM-10] a public room that turns private is closed for its visitors, not for its members', async () => {
    const service = await startService({ store })
    await service.makeRoom('news', 'public', { ann: 'owner' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await ann.open('news')
    await bo.open('news')
    await service.call('PUT', '/v1/rooms/news', { body: { kind: 'private' } })
    expect(await bo.push('room.closed')).toEqual({ type: 'room.closed', roomId: 'news', reason: 'not_found' })
    await ann.say('news', 'now it is ours')
    await ann.until(() => ann.items.some((item) => JSON.stringify(item).includes('now it is ours')), 'the message')
    await bo.settle()
    expect(JSON.stringify(bo.items)).not.toContain('now it is ours')
  })
})

describe('rooms of one connection', () => {
  test('[ROOM-8] are limited; opening one again, or after closing another, is allowed', async () => {
    const service = await startService({ config: { roomsPerConnection: 3 } })
    const ann = await service.signIn('ann')
    for (const n of [1, 2, 3]) await ann.open(`lobby-${n}`)
    expect((await ann.refused({ type: 'room.open', roomId: 'lobby-4' })).code).toBe('too_many_rooms')
    await ann.open('lobby-2')
    await ann.command({ type: 'room.close', roomId: 'lobby-1' })
    await ann.open('lobby-4')
    expect((await ann.refused({ type: 'room.open', roomId: 'nowhere' })).code).toBe('too_many_rooms')
  })

  test('[ROOM-8] a room that could not be opened does not count', async () => {
    const service = await startService({ config: { roomsPerConnection: 2 } })
    const ann = await service.signIn('ann')
    for (let i = 0; i < 5; i++) await ann.refused({ type: 'room.open', roomId: `nowhere-${i}` })
    for (const n of [1, 2]) await ann.open(`lobby-${n}`)
  })

  test('[ROOM-8] opening an open room again answers afresh and doubles nothing', async () => {
    const service = await startService()
    const ann = await service.signIn('ann')
    await ann.open('general')
    await ann.open('general')
    await ann.say('general', 'once')
    await ann.settle()
    expect(ann.stream().filter((item) => item.type === 'message.created')).toHaveLength(1)
  })
})

function summaryOf({ room, me, lastMessage }: Summary): unknown[] {
  return [room.id, me?.role ?? null, lastMessage?.text ?? null]
}

interface Summary {
  room: { id: string }
  me: { role: string } | null
  lastMessage: { text: string } | null
}
