/** What every store does for rooms: made by the app's server, joined, left, listed. */
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore, expectRefusal, seqs, types, upTo } from './world.contract.ts'

export function describeRoomContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: rooms of the app's server`, createStore, (world) => {
    test('an upsert makes the room and its members, each in a change of its own', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = world.roomId()
      const committed = await world.store.upsertRoom({
        roomId,
        name: 'Plans',
        data: { color: 'red' },
        members: [{ user: ann, role: 'owner' }, { user: bob }],
      })
      expect(types(committed)).toEqual(['room.created', 'member.joined', 'member.joined'])
      expect(seqs(committed.changes)).toEqual([1, 2, 3])
      const room = {
        id: roomId,
        kind: 'private',
        name: 'Plans',
        data: { color: 'red' },
        memberCount: 2,
        floor: 1,
        createdAt: world.nowMs,
        version: 3,
      }
      expect(committed.result).toEqual({ room, head: 3 })
      expect(committed.changes[1]?.event).toMatchObject({
        member: { role: 'owner', version: 2 },
        room: { memberCount: 1 },
      })
      expect(committed.changes[2]?.event).toMatchObject({ member: { role: 'member', version: 3 }, room })
    })

    test('an upsert of what is so already is no change; what is left out stays', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = world.roomId()
      const members = [{ user: ann, role: 'owner' as const }, { user: bob }]
      const { result } = await world.store.upsertRoom({ roomId, name: 'Plans', data: { a: 1 }, members })
      expect(await world.store.upsertRoom({ roomId, members: [] })).toEqual({ result, changes: [] })
      const again = await world.store.upsertRoom({ roomId, kind: 'private', name: 'Plans', data: { a: 1 }, members })
      expect(again).toEqual({ result, changes: [] })
      const nameless = { ...ann, name: null, picture: null }
      expect(await world.store.upsertRoom({ roomId, members: [{ user: nameless }] })).toEqual({ result, changes: [] })
    })

    test('an upsert changes what differs: the room, a role, a name', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'member'])
      const committed = await world.store.upsertRoom({
        roomId,
        kind: 'public',
        name: null,
        members: [{ user: { ...ann, name: 'Ann B.' } }, { user: bob, role: 'moderator' }],
      })
      expect(types(committed)).toEqual(['room.updated', 'member.updated', 'member.updated'])
      expect(committed.changes.map((change) => change.event)).toMatchObject([
        { seq: 4, room: { kind: 'public', version: 4 } },
        { seq: 5, member: { name: 'Ann B.', picture: ann.picture, role: 'owner' } },
        { seq: 6, member: { name: 'bob', role: 'moderator' }, room: { memberCount: 2 } },
      ])
    })

    test('an upsert brings back who is gone', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      await world.removed(roomId, bob)
      const { changes } = await world.store.upsertRoom({ roomId, members: [{ user: { ...bob, name: null } }] })
      expect(changes.map((change) => change.event)).toMatchObject([
        { type: 'member.joined', member: { userId: bob.id, name: 'bob', role: 'member' }, room: { memberCount: 2 } },
      ])
      expect(changes[0]?.event).not.toHaveProperty('member.gone')
    })

    test('a direct room has at most two members, and stays what it is', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const roomId = world.roomId()
      const three = [ann, bob, cat].map((user) => ({ user }))
      await expectRefusal(world.store.upsertRoom({ roomId, kind: 'direct', members: three }), 'invalid')
      expect(await world.store.readHeads([roomId])).toEqual(new Map())
      await world.store.upsertRoom({ roomId, kind: 'direct', members: three.slice(0, 2) })
      await expectRefusal(world.store.upsertRoom({ roomId, members: three }), 'invalid')
      await expectRefusal(world.store.upsertRoom({ roomId, kind: 'public', members: [] }), 'invalid')
      const other = await world.room('private', [ann, 'owner'])
      await expectRefusal(world.store.upsertRoom({ roomId: other, kind: 'direct', members: [] }), 'invalid')
      expect((await world.store.readHeads([roomId])).get(roomId)?.head).toBe(3)
    })

    test('upserts of one room at once make it once', async () => {
      const people = world.people(6)
      const roomId = world.roomId()
      const committed = await Promise.all(
        people.map((user) => world.store.upsertRoom({ roomId, kind: 'public', members: [{ user }] })),
      )
      const changes = committed.flatMap((one) => one.changes)
      expect(seqs(changes).toSorted((a, b) => a - b)).toEqual(upTo(7))
      expect(changes.filter(({ event }) => event.type === 'room.created')).toHaveLength(1)
    })
  })

  describeWithStore(`${name}: joining and leaving`, createStore, (world) => {
    test('joining an open room makes it; joining twice is no change, also under another name', async () => {
      const ann = world.person('ann')
      const action = world.by(ann, world.roomId(), { isOpen: true })
      const joined = await world.store.joinRoom(action)
      expect(types(joined)).toEqual(['room.created', 'member.joined'])
      expect(joined.result).toMatchObject({ head: 2, member: { userId: ann.id, role: 'member', version: 2 } })
      const renamed = { ...action, actor: { user: { ...ann, name: 'Someone' } } }
      expect(await world.store.joinRoom(renamed)).toEqual({ result: joined.result, changes: [] })
    })

    test('leaving is a tombstone, and the count goes down; leaving twice is no change', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'moderator'])
      const left = await world.store.leaveRoom(world.by(bob, roomId))
      expect(left.result).toEqual({ head: 4 })
      expect(left.changes.map((change) => change.event)).toMatchObject([
        {
          type: 'member.left',
          seq: 4,
          member: { userId: bob.id, role: 'moderator', gone: 'left', version: 4 },
          room: { memberCount: 1, version: 4 },
        },
      ])
      await world.send(ann, roomId)
      expect(await world.store.leaveRoom(world.by(bob, roomId))).toEqual({ result: { head: 4 }, changes: [] })
      await expectRefusal(world.store.joinRoom(world.by(bob, roomId)), 'room_not_found')
    })

    test('coming back to a public room gives nobody a higher role', async () => {
      const [ann, mod, gus] = [world.person('ann'), world.person('mod'), world.person('gus')]
      const roomId = await world.room('public', [ann, 'owner'], [mod, 'moderator'], [gus, 'guest'])
      for (const [user, role] of [
        [mod, 'member'],
        [gus, 'guest'],
      ] as const) {
        await world.store.leaveRoom(world.by(user, roomId))
        expect((await world.store.joinRoom(world.by(user, roomId))).result.member).toMatchObject({ role })
      }
    })

    test('the removed join a public room again, and no other', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const open = await world.room('public', [ann, 'owner'])
      const closed = await world.room('private', [ann, 'owner'])
      await world.removed(open, bob)
      await world.removed(closed, bob)
      expect(types(await world.store.joinRoom(world.by(bob, open)))).toEqual(['member.joined'])
      await expectRefusal(world.store.joinRoom(world.by(bob, closed)), 'room_not_found')
    })

    test('the last owner of a private room stays; of a public room, may go', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const closed = await world.room('private', [ann, 'owner'], [bob, 'member'])
      await expectRefusal(world.store.leaveRoom(world.by(ann, closed)), 'last_owner')
      await world.store.updateMember({ ...world.by(ann, closed), userId: bob.id, role: 'owner' })
      await world.store.leaveRoom(world.by(ann, closed))
      await expectRefusal(world.store.leaveRoom(world.by(bob, closed)), 'last_owner')
      const open = await world.room('public', [ann, 'owner'])
      await world.store.leaveRoom(world.by(ann, open))
    })

    test('two owners who leave at once leave one behind', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'owner'])
      const left = await Promise.allSettled([ann, bob].map((user) => world.store.leaveRoom(world.by(user, roomId))))
      expect(left.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    })

    test('nobody leaves a direct room, and visitors have nothing to leave', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const direct = await world.room('direct', [ann, 'member'], [bob, 'member'])
      await expectRefusal(world.store.leaveRoom(world.by(ann, direct)), 'forbidden')
      const open = await world.room('public', [ann, 'owner'])
      expect(await world.store.leaveRoom(world.by(cat, open))).toEqual({ result: { head: 2 }, changes: [] })
      const blank = world.by(cat, world.roomId(), { isOpen: true })
      expect(await world.store.leaveRoom(blank)).toEqual({ result: { head: 0 }, changes: [] })
    })
  })

  describeWithStore(`${name}: listing rooms`, createStore, (world) => {
    const list = (userId: string, limit = 100) => world.store.listRooms({ userId, limit })
    const ids = async (userId: string, limit?: number) => (await list(userId, limit)).map(({ room }) => room.id)

    test('own rooms and public ones are listed by their newest message; others are not', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const own = await world.room('private', [ann, 'owner'])
      world.nowMs += 1_000
      const open = await world.room('public', [bob, 'owner'])
      world.nowMs += 1_000
      const foreign = await world.room('private', [bob, 'owner'])
      world.nowMs += 1_000
      const direct = await world.room('direct', [ann, 'member'], [bob, 'member'])
      expect(await ids(ann.id)).toEqual([direct, open, own])
      world.nowMs += 1_000
      const { id, seq } = await world.send(ann, own)
      world.nowMs += 1_000
      // Neither a newcomer nor a deletion is activity.
      await world.store.joinRoom(world.by(ann, open))
      await world.store.deleteMessage({ ...world.by(ann, own), messageId: id })
      expect(await ids(ann.id)).toEqual([own, direct, open])
      expect(await ids(ann.id, 2)).toEqual([own, direct])
      const [first, second] = await list(ann.id)
      expect(first).toMatchObject({
        room: { id: own, kind: 'private' },
        me: { userId: ann.id, role: 'owner' },
        head: seq + 1,
        lastMessage: { id, deletedAt: world.nowMs },
      })
      expect(second?.lastMessage).toBeNull()
      expect((await list(bob.id)).find(({ room }) => room.id === open)?.me).toMatchObject({ role: 'owner' })
      expect(await ids(bob.id)).toContain(foreign)
    })

    test('who left sees a public room still, without being in it; who was removed sees it no more', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const open = await world.room('public', [ann, 'owner'], [bob, 'member'])
      const closed = await world.room('private', [ann, 'owner'], [bob, 'member'])
      await world.store.leaveRoom(world.by(bob, open))
      await world.store.leaveRoom(world.by(bob, closed))
      await world.removed(open, cat)
      const summary = (await list(bob.id)).find(({ room }) => room.id === open)
      expect(summary?.me).toBeNull()
      expect(await ids(bob.id)).not.toContain(closed)
      expect(await ids(cat.id)).not.toContain(open)
    })

    test('heads are read for the rooms that exist', async () => {
      const ann = world.person('ann')
      const [one, two] = [await world.room('private', [ann, 'owner']), await world.room('public')]
      const heads = await world.store.readHeads([one, world.roomId(), two])
      const epoch = world.store.startId
      expect(heads).toEqual(
        new Map([
          [one, { epoch, head: 2 }],
          [two, { epoch, head: 1 }],
        ]),
      )
    })
  })
}
