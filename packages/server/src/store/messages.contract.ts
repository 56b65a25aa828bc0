/** What every store does for messages. */
import { randomUUID } from 'node:crypto'
import { uuidv7 } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore, expectRefusal, refusalOf, seqs, types, upTo } from './world.contract.ts'

export function describeMessageContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: sending`, createStore, (world) => {
    test('the first message of an open room makes the room and joins its sender, in one transaction', async () => {
      const [ann] = [world.person('ann')]
      const roomId = world.roomId()
      const draft = world.draft(ann, roomId, { isOpen: true, text: 'hi 👋', data: { mood: ['good', null, 1] } })
      const committed = await world.store.sendMessage(draft)
      expect(committed.result).toEqual({ id: draft.messageId, seq: 3 })
      expect(types(committed)).toEqual(['room.created', 'member.joined', 'message.created'])
      expect(seqs(committed.changes)).toEqual([1, 2, 3])
      expect(committed.changes.map((change) => change.epoch)).toEqual(Array(3).fill(world.store.startId))
      expect(committed.changes.map((change) => change.event.epoch)).toEqual([world.store.startId, undefined, undefined])
      expect(committed.changes[1]?.event).toMatchObject({
        member: { userId: ann.id, name: 'ann', role: 'member', joinedAt: world.nowMs, version: 2 },
        room: { kind: 'public', memberCount: 1, createdAt: world.nowMs, version: 2 },
      })
      expect(committed.changes[2]?.event).toEqual({
        type: 'message.created',
        roomId,
        seq: 3,
        message: {
          id: draft.messageId,
          seq: 3,
          version: 3,
          ordinal: 1,
          textVersion: 3,
          user: ann,
          text: 'hi 👋',
          data: { mood: ['good', null, 1] },
          createdAt: world.nowMs,
          reactions: [],
        },
      })
    })

    test('a visitor of a public room joins it by sending; a member only sends', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'])
      expect(types(await world.store.sendMessage(world.draft(bob, roomId)))).toEqual([
        'member.joined',
        'message.created',
      ])
      expect(types(await world.store.sendMessage(world.draft(bob, roomId)))).toEqual(['message.created'])
    })

    test('a room that neither exists nor is open is not found', async () => {
      await expectRefusal(world.store.sendMessage(world.draft(world.person('ann'), world.roomId())), 'room_not_found')
    })

    test("a private room answers a stranger exactly as a room that isn't there", async () => {
      const [ann, eve] = [world.person('ann'), world.person('eve')]
      const roomId = await world.room('private', [ann, 'owner'])
      const { id: messageId } = await world.send(ann, roomId)
      const ask = (room: string) => [
        world.store.sendMessage(world.draft(eve, room)),
        world.store.sendMessage(world.draft(eve, room, { messageId })),
        world.store.editMessage({ ...world.by(eve, room), messageId, editId: 'e', text: 'x', baseVersion: 1 }),
        world.store.deleteMessage({ ...world.by(eve, room), messageId }),
        world.store.setReaction({ ...world.by(eve, room), messageId, emoji: '👍', on: true }),
        world.store.listMessages({ roomId: room, userId: eve.id, isOpen: false, around: messageId, limit: 10 }),
        world.store.openRoom({ roomId: room, userId: eve.id, isOpen: false, limit: 10 }),
        world.store.listMembers({ roomId: room, userId: eve.id, isOpen: false, limit: 10 }),
        world.store.joinRoom(world.by(eve, room)),
        world.store.leaveRoom(world.by(eve, room)),
        world.store.addMember({ ...world.by(eve, room), user: eve }),
        world.store.removeMember({ ...world.by(eve, room), userId: ann.id }),
        world.store.updateMember({ ...world.by(eve, room), userId: eve.id, role: 'owner' }),
        world.store.cancelMessage({ ...world.by(eve, room), messageId }),
      ]
      const refusals = await Promise.all(ask(roomId).map(refusalOf))
      expect(refusals).toEqual(await Promise.all(ask(world.roomId()).map(refusalOf)))
      expect(refusals.slice(0, -1)).toEqual(Array(13).fill(expect.objectContaining({ code: 'room_not_found' })))
      expect(refusals.at(-1)).toEqual({ result: { result: { id: messageId }, changes: [] } })
    })

    test('guests read, and may not write', async () => {
      const [ann, gus] = [world.person('ann'), world.person('gus')]
      const roomId = await world.room('public', [ann, 'owner'], [gus, 'guest'])
      await expectRefusal(world.store.sendMessage(world.draft(gus, roomId)), 'forbidden')
      await expect(
        world.store.listMessages({ roomId, userId: gus.id, isOpen: false, limit: 1 }),
      ).resolves.toMatchObject({ messages: [] })
    })

    test('who left a public room comes back by sending; who was removed does not', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'], [bob, 'member'])
      await world.store.leaveRoom(world.by(bob, roomId))
      expect(types(await world.store.sendMessage(world.draft(bob, roomId)))).toEqual([
        'member.joined',
        'message.created',
      ])
      await world.store.removeMember({ ...world.by(ann, roomId), userId: bob.id })
      await expectRefusal(world.store.sendMessage(world.draft(bob, roomId)), 'removed')
    })

    test("the app's server sends as anybody, whom it makes a member first, but not as the removed", async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      const asServer = { actor: { user: bob, isServer: true } }
      const sent = await world.store.sendMessage(world.draft(bob, roomId, asServer))
      expect(types(sent)).toEqual(['member.joined', 'message.created'])
      await world.store.removeMember({ ...world.by(ann, roomId), userId: bob.id })
      await expectRefusal(world.store.sendMessage(world.draft(bob, roomId, asServer)), 'removed')
    })

    test('nobody becomes the third in a direct room', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const roomId = await world.room('direct', [ann, 'member'], [bob, 'member'])
      await world.send(ann, roomId)
      const asServer = { actor: { user: cat, isServer: true } }
      await expectRefusal(world.store.sendMessage(world.draft(cat, roomId, asServer)), 'forbidden')
      await expectRefusal(world.store.sendMessage(world.draft(cat, roomId)), 'room_not_found')
    })

    test('after a message that is not stored is out of order, and never final', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const first = world.draft(ann, roomId)
      const second = world.draft(ann, roomId, { after: first.messageId, attempt: 2 })
      await expectRefusal(world.store.sendMessage(second), 'out_of_order')
      const { result } = await world.store.sendMessage(first)
      expect((await world.store.sendMessage(second)).result.seq).toBe(result.seq + 1)
    })

    test('sends under way at the same time take every number once, and are answered in that order', async () => {
      const people = world.people(8)
      const roomId = world.roomId()
      const answered: number[] = []
      const committed = await Promise.all(
        upTo(15).flatMap(() =>
          people.map(async (user) => {
            const one = await world.store.sendMessage(world.draft(user, roomId, { isOpen: true }))
            answered.push(one.result.seq)
            return one
          }),
        ),
      )
      const changes = committed.flatMap((one) => one.changes).sort((a, b) => a.event.seq - b.event.seq)
      expect(seqs(changes)).toEqual(upTo(1 + 8 + 120))
      expect(changes.filter(({ event }) => event.type === 'room.created')).toHaveLength(1)
      const messages = changes.flatMap(({ event }) => ('message' in event ? [event.message] : []))
      expect(messages.map((message) => message.ordinal)).toEqual(upTo(120))
      expect(answered).toEqual(answered.toSorted((a, b) => a - b))
    })

    test('rooms number their changes apart', async () => {
      const ann = world.person('ann')
      const rooms = [world.roomId(), world.roomId(), world.roomId()]
      const sent = await Promise.all(
        upTo(10).flatMap(() => rooms.map((roomId) => world.send(ann, roomId, { isOpen: true }))),
      )
      for (const index of rooms.keys()) {
        expect(sent.filter((_, i) => i % 3 === index).map(({ seq }) => seq)).toEqual(upTo(10).map((n) => n + 2))
      }
    })
  })

  describeWithStore(`${name}: sending again`, createStore, (world) => {
    test('[G5] the same id again, in a row or at once, is stored once and answered with the first seq', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const draft = world.draft(ann, roomId)
      const committed = await Promise.all(upTo(10).map((attempt) => world.store.sendMessage({ ...draft, attempt })))
      expect(new Set(committed.map((one) => one.result.seq)).size).toBe(1)
      expect(committed.filter((one) => one.changes.length > 0)).toHaveLength(1)
      expect(await world.store.sendMessage({ ...draft, attempt: 11 })).toEqual({
        result: committed[0]?.result,
        changes: [],
      })
    })

    test('[G5] so it is after the message was edited, after it was deleted, and after its sender left or was removed', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'member'])
      const draft = world.draft(bob, roomId)
      const { result } = await world.store.sendMessage(draft)
      const expectSame = async () =>
        expect(await world.store.sendMessage({ ...draft, attempt: 2 })).toEqual({ result, changes: [] })
      await world.store.editMessage({
        ...world.by(bob, roomId),
        messageId: result.id,
        text: 'better',
        editId: randomUUID(),
        baseVersion: result.seq,
      })
      await expectSame()
      await world.store.deleteMessage({ ...world.by(bob, roomId), messageId: result.id })
      await expectSame()
      await world.store.leaveRoom(world.by(bob, roomId))
      await expectSame()
      await world.store.addMember({ ...world.by(ann, roomId), user: bob })
      await world.store.removeMember({ ...world.by(ann, roomId), userId: bob.id })
      await expectSame()
    })

    test("[G5] another content or another sender under the same id is a conflict, and doesn't join", async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'])
      const draft = world.draft(ann, roomId)
      const { result } = await world.store.sendMessage(draft)
      await expectRefusal(world.store.sendMessage({ ...draft, hash: 'another', attempt: 2 }), 'id_conflict')
      await expectRefusal(world.store.sendMessage({ ...draft, actor: { user: bob } }), 'id_conflict')
      expect((await world.store.readHeads([roomId])).get(roomId)?.head).toBe(result.seq)
    })

    test('an id is unique in its room only', async () => {
      const ann = world.person('ann')
      const messageId = uuidv7()
      for (const roomId of [world.roomId(), world.roomId()]) {
        expect(await world.send(ann, roomId, { isOpen: true, messageId })).toEqual({ id: messageId, seq: 3 })
      }
    })

    test('a final refusal of a repeated try burns the id for its sender; that of a first try does not', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'])
      const [first, second] = [world.draft(bob, roomId), world.draft(bob, roomId, { attempt: 2 })]
      await expectRefusal(world.store.sendMessage(first), 'room_not_found')
      await expectRefusal(world.store.sendMessage(second), 'room_not_found')
      await world.store.addMember({ ...world.by(ann, roomId), user: bob })
      await world.store.sendMessage({ ...first, attempt: 2 })
      await expectRefusal(world.store.sendMessage({ ...second, attempt: 1 }), 'cancelled')
      await world.store.sendMessage({ ...second, actor: { user: ann } })
    })
  })

  describeWithStore(`${name}: taking back`, createStore, (world) => {
    test('an id that is not stored is cancelled for good, for its sender only', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'])
      const draft = world.draft(ann, roomId)
      const target = { ...world.by(ann, roomId), messageId: draft.messageId }
      expect(await world.store.cancelMessage(target)).toEqual({ result: { id: draft.messageId }, changes: [] })
      expect(await world.store.cancelMessage(target)).toEqual({ result: { id: draft.messageId }, changes: [] })
      await expectRefusal(world.store.sendMessage(draft), 'cancelled')
      expect((await world.store.sendMessage({ ...draft, actor: { user: bob } })).result.id).toBe(draft.messageId)
    })

    test('a stored message is not taken back: its sender gets its seq, whoever they are by now', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'member'])
      const { id, seq } = await world.send(bob, roomId)
      await world.store.removeMember({ ...world.by(ann, roomId), userId: bob.id })
      const cancelled = await world.store.cancelMessage({ ...world.by(bob, roomId), messageId: id })
      expect(cancelled).toEqual({ result: { id, seq }, changes: [] })
      await expectRefusal(world.store.cancelMessage({ ...world.by(ann, roomId), messageId: id }), 'id_conflict')
    })

    test("a room that doesn't exist yet remembers it too", async () => {
      const ann = world.person('ann')
      const draft = world.draft(ann, world.roomId(), { isOpen: true })
      await world.store.cancelMessage(draft)
      await expectRefusal(world.store.sendMessage(draft), 'cancelled')
      expect(await world.store.readHeads([draft.roomId])).toEqual(new Map())
    })

    test('of a send and its cancellation at once, both are told the same', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      for (const draft of upTo(10).map(() => world.draft(ann, roomId))) {
        const [sent, cancelled] = await Promise.all([
          refusalOf(world.store.sendMessage(draft)),
          world.store.cancelMessage(draft),
        ])
        const { seq } = cancelled.result
        if (seq === undefined) expect(sent).toMatchObject({ code: 'cancelled' })
        else expect(sent).toMatchObject({ result: { result: { seq } } })
      }
    })
  })
}
