import { can, type Role } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { onEveryStore, type Service, startService } from './harness.ts'
import type { Peer } from './peer.ts'

const ROLES: Role[] = ['owner', 'moderator', 'member', 'guest']

onEveryStore((store) => {
  test('[MEM-1] every command asks what the role allows', async () => {
    const service = await startService({ store })
    const members = { owner: 'owner', moderator: 'moderator', member: 'member', guest: 'guest', boss: 'owner' }
    await service.makeRoom('team', 'private', { ...members, target: 'guest' })
    const boss = await service.signIn('boss')
    for (const role of ROLES) {
      const peer = await service.signIn(role)
      const theirs = await boss.say('team', 'of the boss')
      const own = can('message.send', 'private', role) ? await peer.say('team', 'own') : undefined
      const allowed = async (command: Record<string, unknown>) => {
        const { error } = await peer.reply(peer.send({ roomId: 'team', ...command }))
        if (error && error.code !== 'forbidden') throw new Error(JSON.stringify(error))
        return !error
      }
      const edit = { type: 'message.edit', text: 'x', editId: crypto.randomUUID() }
      expect({
        read: await allowed({ type: 'message.list' }),
        open: await allowed({ type: 'room.open' }),
        send: await allowed({ type: 'message.send', id: crypto.randomUUID(), text: 'hi' }),
        react: await allowed({ type: 'message.react', id: theirs.id, emoji: '👍', on: true }),
        editTheirs: await allowed({ ...edit, id: theirs.id, baseVersion: theirs.seq }),
        editOwn: own ? await allowed({ ...edit, id: own.id, baseVersion: own.seq }) : false,
        deleteOwn: own ? await allowed({ type: 'message.delete', id: own.id }) : false,
        deleteTheirs: await allowed({ type: 'message.delete', id: theirs.id }),
        add: await allowed({ type: 'member.add', userId: `new-${role}`, role: 'guest' }),
        update: await allowed({ type: 'member.update', userId: 'target', role: 'guest' }),
        remove: await allowed({ type: 'member.remove', userId: 'target' }),
      }).toEqual({
        read: true,
        open: true,
        send: can('message.send', 'private', role),
        react: can('message.react', 'private', role),
        editTheirs: false,
        editOwn: can('message.edit.own', 'private', role),
        deleteOwn: can('message.delete.own', 'private', role),
        deleteTheirs: can('message.delete.any', 'private', role),
        add: can('member.add', 'private', role),
        update: can('member.update', 'private', role),
        remove: can('member.remove', 'private', role),
      })
      await service.makeRoom('team', 'private', { target: 'guest' })
    }
  })

  test('[MEM-1] a visitor of a public room may write, and may not manage', async () => {
    const service = await startService({ store })
    await service.makeRoom('news', 'public', { ann: 'owner', bo: 'member' })
    const visitor = await service.signIn('cy')
    for (const command of [
      { type: 'member.add', userId: 'dee' },
      { type: 'member.remove', userId: 'bo' },
      { type: 'member.update', userId: 'bo', role: 'guest' },
    ]) {
      expect((await visitor.refused({ roomId: 'news', ...command })).code).toBe('forbidden')
    }
    await visitor.say('news', 'hi')
  })

  test('[MEM-2] nobody gives, changes or removes a role above their own', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', mo: 'moderator', bo: 'member' })
    const mo = await service.signIn('mo')
    for (const command of [
      { type: 'member.add', userId: 'dee', role: 'owner' },
      { type: 'member.add', userId: 'bo', role: 'owner' },
      { type: 'member.add', userId: 'ann', role: 'guest' },
      { type: 'member.update', userId: 'mo', role: 'owner' },
      { type: 'member.update', userId: 'bo', role: 'owner' },
      { type: 'member.update', userId: 'ann', role: 'member' },
      { type: 'member.remove', userId: 'ann' },
    ]) {
      expect((await mo.refused({ roomId: 'team', ...command })).code).toBe('forbidden')
    }
    await mo.command({ type: 'member.update', roomId: 'team', userId: 'bo', role: 'moderator' })
    for (const command of [
      { type: 'member.update', userId: 'dee', role: 'guest' },
      { type: 'member.remove', userId: 'dee' },
    ]) {
      expect((await mo.refused({ roomId: 'team', ...command })).code).toBe('member_not_found')
    }
  })

  test('[MEM-3] a private room keeps an owner', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member' })
    const ann = await service.signIn('ann')
    const team = { roomId: 'team', userId: 'ann' }
    expect((await ann.refused({ type: 'member.remove', ...team })).code).toBe('last_owner')
    expect((await ann.refused({ type: 'member.update', ...team, role: 'member' })).code).toBe('last_owner')
    expect((await ann.refused({ type: 'room.leave', roomId: 'team' })).code).toBe('last_owner')
    await ann.command({ type: 'member.update', roomId: 'team', userId: 'bo', role: 'owner' })
    await ann.command({ type: 'member.update', ...team, role: 'member' })
  })

  test('[MEM-4] the removed get everything up to their removal and nothing above it, on every connection', async () => {
    const { service, ann, bo } = await startTeam(store)
    const second = await service.signIn('bo')
    await bo.open('team')
    await second.open('team')
    await ann.say('team', 'before')
    const sending = ann.send({ type: 'message.send', roomId: 'team', id: crypto.randomUUID(), text: 'just before' })
    const removing = ann.send({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    const after = ann.send({ type: 'message.send', roomId: 'team', id: crypto.randomUUID(), text: 'after' })
    await Promise.all([sending, removing, after].map((ref) => ann.reply(ref)))
    for (const peer of [bo, second]) {
      await peer.push('room.closed')
      await peer.settle()
      const told = peer.stream('team').map((item) => item.message?.text ?? item.reason ?? item.member?.gone)
      expect(told).toEqual(['before', 'just before', 'removed', 'removed'])
    }
  })

  test('[MEM-4] the removed are answered removed, by every command, and nothing of theirs is stored', async () => {
    const { ann, bo } = await startTeam(store)
    const { id, seq } = await bo.say('team', 'mine')
    const { head } = await ann.command({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    await ann.say('team', 'after')
    for (const command of [
      { type: 'room.open' },
      { type: 'room.open', since: { epoch: '', seq: 0 } },
      { type: 'message.list' },
      { type: 'message.list', around: id },
      { type: 'member.list' },
      { type: 'message.send', id: crypto.randomUUID(), text: 'let me in' },
      { type: 'message.edit', id, text: 'x', editId: crypto.randomUUID(), baseVersion: seq },
      { type: 'message.delete', id },
      { type: 'message.react', id, emoji: '👍', on: true },
    ]) {
      expect((await bo.refused({ roomId: 'team', ...command })).code).toBe('removed')
    }
    expect((await bo.refused({ type: 'room.join', roomId: 'team' })).code).toBe('room_not_found')
    expect((await bo.command({ type: 'room.list' })).rooms).toEqual([])
    expect((await ann.open('team')).head).toBe(head + 1)
  })

  test('[MEM-4] hello with a room that one was removed from closes it', async () => {
    const { service, ann, bo } = await startTeam(store)
    const { epoch, head } = await bo.open('team')
    bo.socket.terminate()
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    await ann.say('team', 'after')
    const again = await service.signIn('bo', { rooms: [{ roomId: 'team', epoch, seq: head }] })
    expect(await again.push('room.closed')).toMatchObject({ roomId: 'team', reason: 'removed' })
    await again.settle()
    expect(again.stream()).toHaveLength(1)
  })

  test('[MEM-4] room.join brings the removed back to a public room, and they see what they missed', async () => {
    const service = await startService({ store })
    await service.makeRoom('news', 'public', { ann: 'owner', bo: 'member' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await ann.command({ type: 'member.remove', roomId: 'news', userId: 'bo' })
    await ann.say('news', 'meanwhile')
    expect((await bo.refused({ type: 'room.open', roomId: 'news' })).code).toBe('removed')
    expect((await bo.refused({ type: 'message.send', roomId: 'news', id: crypto.randomUUID(), text: 'x' })).code).toBe(
      'removed',
    )
    await bo.command({ type: 'room.join', roomId: 'news' })
    expect((await bo.open('news')).reset.messages).toHaveLength(1)
  })

  test('[MEM-4] a member who is added again reads everything', async () => {
    const { ann, bo } = await startTeam(store)
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    await ann.say('team', 'meanwhile')
    await ann.command({ type: 'member.add', roomId: 'team', userId: 'bo' })
    const opened = await bo.open('team')
    expect(opened.me).toMatchObject({ userId: 'bo', role: 'member' })
    expect(opened.reset.messages).toHaveLength(1)
  })

  test('[MEM-5] member.list pages by user id, without those who are gone', async () => {
    const service = await startService({ store })
    const ids = Array.from({ length: 23 }, (_, i) => `user-${String(i).padStart(2, '0')}`)
    await service.makeRoom('team', 'private', { ann: 'owner', ...Object.fromEntries(ids.map((id) => [id, 'guest'])) })
    const ann = await service.signIn('ann')
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'user-03' })
    const found: string[] = []
    for (let after: string | undefined, hasMore = true; hasMore; after = found.at(-1)) {
      const page = await ann.command({ type: 'member.list', roomId: 'team', limit: 5, ...(after && { after }) })
      expect(page.head).toBe(26)
      found.push(...page.members.map((member: { userId: string }) => member.userId))
      hasMore = page.hasMore
    }
    expect(found).toEqual(['ann', ...ids.filter((id) => id !== 'user-03')])
  })

  test('[MEM-6] a direct room is its two people', async () => {
    const service = await startService({ store })
    await service.makeRoom('pair', 'direct', { ann: 'owner', bo: 'owner' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    for (const command of [
      { type: 'member.add', userId: 'cy' },
      { type: 'member.remove', userId: 'bo' },
      { type: 'member.update', userId: 'bo', role: 'guest' },
    ]) {
      expect((await ann.refused({ roomId: 'pair', ...command })).code).toBe('forbidden')
    }
    expect((await ann.refused({ type: 'room.leave', roomId: 'pair' })).code).toBe('forbidden')
    const third = await service.call('PUT', '/v1/rooms/pair/members/cy', { body: {} })
    expect(third.body.error.code).toBe('forbidden')
    await bo.open('pair')
    await ann.say('pair', 'just us')
    expect((await bo.push('message.created')).message.text).toBe('just us')
  })
})

async function startTeam(store: 'memory' | 'sqlite'): Promise<{ service: Service; ann: Peer; bo: Peer }> {
  const service = await startService({ store })
  await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member' })
  return { service, ann: await service.signIn('ann'), bo: await service.signIn('bo') }
}
