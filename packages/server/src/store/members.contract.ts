/** What every store does for members. */
import type { Role, User } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore, expectRefusal, types, upTo, type World } from './world.contract.ts'

export function describeMemberContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: adding members`, createStore, (world) => {
    const add = (by: User, roomId: string, user: User, role?: Role) =>
      world.store.addMember({ ...world.by(by, roomId), user, role })

    test('a newcomer is a member; adding a member again changes nothing but a role that is named', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      const added = await add(ann, roomId, bob)
      expect(added.result).toMatchObject({
        head: 3,
        member: { userId: bob.id, name: 'bob', role: 'member', version: 3 },
      })
      expect(added.changes.map((change) => change.event)).toMatchObject([
        { type: 'member.joined', seq: 3, member: added.result.member, room: { memberCount: 2, version: 3 } },
      ])
      expect(await add(ann, roomId, { ...bob, name: 'Robert' })).toEqual({ result: added.result, changes: [] })
      expect(await add(ann, roomId, bob, 'member')).toEqual({ result: added.result, changes: [] })
      const raised = await add(ann, roomId, bob, 'moderator')
      expect(types(raised)).toEqual(['member.updated'])
      expect(raised.result).toMatchObject({ head: 4, member: { role: 'moderator', name: 'bob' } })
    })

    test('who is gone is brought back, under the name that is known', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      await world.removed(roomId, bob)
      const back = await add(ann, roomId, { id: bob.id, name: null, picture: null }, 'guest')
      expect(types(back)).toEqual(['member.joined'])
      expect(back.result.member).toMatchObject({ name: 'bob', picture: bob.picture, role: 'guest' })
      expect(back.result.member).not.toHaveProperty('gone')
    })

    test('who was added by their id alone gets their name with their first message, once', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      await add(ann, roomId, { id: bob.id, name: null, picture: null })
      const first = await world.store.sendMessage(world.draft(bob, roomId))
      expect(types(first)).toEqual(['member.updated', 'message.created'])
      expect(first.changes[0]?.event).toMatchObject({ member: { userId: bob.id, name: 'bob', role: 'member' } })
      expect(types(await world.store.sendMessage(world.draft(bob, roomId)))).toEqual(['message.created'])
    })

    test('owners and moderators add, never above their own role', async () => {
      const people = { owner: world.person('o'), moderator: world.person('m'), member: world.person('p') }
      const roomId = await world.room(
        'private',
        [people.owner, 'owner'],
        [people.moderator, 'moderator'],
        [people.member, 'member'],
      )
      const { owner, moderator, member } = people
      await add(moderator, roomId, world.person('new'), 'moderator')
      await expectRefusal(add(moderator, roomId, world.person('new'), 'owner'), 'forbidden')
      await expectRefusal(add(moderator, roomId, moderator, 'owner'), 'forbidden')
      await expectRefusal(add(moderator, roomId, owner, 'member'), 'forbidden')
      await expectRefusal(add(member, roomId, world.person('new'), 'guest'), 'forbidden')
      await add(owner, roomId, world.person('new'), 'owner')
    })

    test('visitors add nobody, and the removed nobody', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'])
      await expectRefusal(add(bob, roomId, bob, 'owner'), 'forbidden')
      await world.removed(roomId, bob)
      await expectRefusal(add(bob, roomId, bob), 'removed')
      const blank = { ...world.by(bob, world.roomId(), { isOpen: true }), user: bob }
      await expectRefusal(world.store.addMember(blank), 'forbidden')
    })

    test("the app's server adds anybody in any role, makes an open room for it, and knows names best", async () => {
      const [server, bob] = [world.person('server'), world.person('bob')]
      const action = world.by(server, world.roomId(), { isOpen: true, isServer: true })
      expect(types(await world.store.addMember({ ...action, user: bob, role: 'owner' }))).toEqual([
        'room.created',
        'member.joined',
      ])
      const renamed = await world.store.addMember({ ...action, user: { ...bob, name: 'Robert', picture: null } })
      expect(types(renamed)).toEqual(['member.updated'])
      expect(renamed.result.member).toMatchObject({ name: 'Robert', picture: bob.picture, role: 'owner' })
    })

    test('a direct room takes no third', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const roomId = await world.room('direct', [ann, 'owner'], [bob, 'member'])
      await expectRefusal(add(ann, roomId, cat), 'forbidden')
      const byServer = world.by(ann, roomId, { isServer: true })
      await expectRefusal(world.store.addMember({ ...byServer, user: cat }), 'forbidden')
    })
  })

  describeWithStore(`${name}: removing members and their roles`, createStore, (world) => {
    const remove = (by: User, roomId: string, user: User) =>
      world.store.removeMember({ ...world.by(by, roomId), userId: user.id })
    const update = (by: User, roomId: string, user: User, role: Role) =>
      world.store.updateMember({ ...world.by(by, roomId), userId: user.id, role })

    test('[G7] a removal is a change; after it, the removed read and write nothing', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'], [bob, 'member'])
      const { id } = await world.send(bob, roomId)
      const removal = await remove(ann, roomId, bob)
      expect(removal.changes.map((change) => change.event)).toMatchObject([
        {
          type: 'member.removed',
          seq: 5,
          member: { userId: bob.id, gone: 'removed', role: 'member', version: 5 },
          room: { memberCount: 1, version: 5 },
        },
      ])
      expect(await remove(ann, roomId, bob)).toEqual({ result: removal.result, changes: [] })
      const place = { roomId, userId: bob.id, isOpen: true }
      const target = { ...world.by(bob, roomId), messageId: id }
      const asked = [
        world.store.openRoom({ ...place, limit: 10 }),
        world.store.openRoom({ ...place, limit: 10, since: { epoch: world.store.startId, seq: 4 } }),
        world.store.listMessages({ ...place, limit: 10 }),
        world.store.listMembers({ ...place, limit: 10 }),
        world.store.sendMessage(world.draft(bob, roomId)),
        world.store.deleteMessage(target),
        world.store.editMessage({ ...target, text: 'x', editId: 'e', baseVersion: 4 }),
      ]
      await Promise.all(asked.map((refused) => expectRefusal(refused, 'removed')))
      expect(await world.store.leaveRoom(world.by(bob, roomId))).toEqual({ result: { head: 5 }, changes: [] })
    })

    test('owners and moderators remove up to their own role; others remove nobody', async () => {
      const { owner, moderator, member, roomId } = await staffed(world)
      await expectRefusal(remove(member, roomId, moderator), 'forbidden')
      await expectRefusal(remove(moderator, roomId, owner), 'forbidden')
      await expectRefusal(remove(moderator, roomId, world.person('stranger')), 'member_not_found')
      await remove(moderator, roomId, member)
      await remove(owner, roomId, moderator)
    })

    test('who left by themselves is no member to remove', async () => {
      const { owner, member, roomId } = await staffed(world)
      await world.store.leaveRoom(world.by(member, roomId))
      await expectRefusal(remove(owner, roomId, member), 'member_not_found')
      await expectRefusal(update(owner, roomId, member, 'guest'), 'member_not_found')
    })

    test('nobody changes a role above their own, or gives one above it; the same role is no change', async () => {
      const { owner, moderator, member, roomId } = await staffed(world)
      await expectRefusal(update(moderator, roomId, member, 'owner'), 'forbidden')
      await expectRefusal(update(moderator, roomId, owner, 'member'), 'forbidden')
      await expectRefusal(update(member, roomId, member, 'moderator'), 'forbidden')
      const updated = await update(moderator, roomId, member, 'guest')
      expect(updated.changes.map((change) => change.event)).toMatchObject([
        { type: 'member.updated', seq: 5, member: { role: 'guest', version: 5 }, room: { memberCount: 3 } },
      ])
      expect(await update(moderator, roomId, member, 'guest')).toEqual({ result: updated.result, changes: [] })
    })

    test("a private room's last owner is neither removed nor lowered, but by the app's server", async () => {
      const { owner, member, roomId } = await staffed(world)
      await expectRefusal(remove(owner, roomId, owner), 'last_owner')
      await expectRefusal(update(owner, roomId, owner, 'member'), 'last_owner')
      const lowering = { ...world.by(owner, roomId), user: owner, role: 'member' as const }
      await expectRefusal(world.store.addMember(lowering), 'last_owner')
      await update(owner, roomId, owner, 'owner')
      await update(owner, roomId, member, 'owner')
      await update(owner, roomId, owner, 'guest')
      const byServer = world.by(owner, roomId, { isServer: true })
      expect(types(await world.store.removeMember({ ...byServer, userId: member.id }))).toEqual(['member.removed'])
    })

    test('a direct room is its two people, for good', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('direct', [ann, 'owner'], [bob, 'member'])
      await expectRefusal(remove(ann, roomId, bob), 'forbidden')
      await expectRefusal(update(ann, roomId, bob, 'guest'), 'forbidden')
    })
  })

  describeWithStore(`${name}: listing members`, createStore, (world) => {
    test("pages go by the ids' bytes, without those who are gone", async () => {
      const ids = ['B', 'a', 'b', 'é', '\uff01', '😀'].map((letter) => `${letter}-${world.roomId()}`)
      const people = ids.map((id) => ({ id, name: null, picture: null }))
      const roomId = world.roomId()
      await world.store.upsertRoom({ roomId, kind: 'public', members: people.map((user) => ({ user })) })
      const gone = world.person('gone')
      await world.removed(roomId, gone)
      const query = { roomId, userId: ids[0] ?? '', isOpen: false, limit: 4 }
      const first = await world.store.listMembers(query)
      expect(first).toMatchObject({ epoch: world.store.startId, head: 9, hasMore: true })
      expect(first.members.map(({ userId }) => userId)).toEqual(ids.slice(0, 4))
      const second = await world.store.listMembers({ ...query, after: ids[3] })
      expect(second.members.map(({ userId }) => userId)).toEqual(ids.slice(4))
      expect(second.hasMore).toBe(false)
    })

    test('an open room that nobody has written has none', async () => {
      const query = { roomId: world.roomId(), userId: 'anybody', isOpen: true, limit: 4 }
      expect(await world.store.listMembers(query)).toEqual({ epoch: '', head: 0, members: [], hasMore: false })
    })

    test('joins at once are all counted', async () => {
      const roomId = await world.room('public')
      await Promise.all(world.people(20).map((user) => world.store.joinRoom(world.by(user, roomId))))
      const opened = await world.store.openRoom({ roomId, userId: 'anybody', isOpen: false, limit: 1 })
      expect(opened.reset?.room.memberCount).toBe(20)
      expect(opened.reset?.members.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(
        upTo(20).map((n) => n + 1),
      )
    })
  })
}

async function staffed(world: World) {
  const [owner, moderator, member] = [world.person('owner'), world.person('moderator'), world.person('member')]
  const roomId = await world.room('private', [owner, 'owner'], [moderator, 'moderator'], [member, 'member'])
  return { owner, moderator, member, roomId }
}
