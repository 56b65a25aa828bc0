/** What every store does when messages are edited and deleted. */
import { randomUUID } from 'node:crypto'
import type { MessageRow, User } from '@parlor/protocol'
import { expect, test } from 'vitest'
import type { MessageEdit } from './messages.ts'
import { type CreateStore, describeWithStore, expectRefusal, refusalOf, upTo, type World } from './world.contract.ts'

export function describeEditContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: editing`, createStore, (world) => {
    test('an edit changes text and data, stamps the row, and keeps its place', async () => {
      const { ann, roomId, id, seq } = await spoken(world, { text: 'helo', data: { a: 1 } })
      world.nowMs += 1_000
      const { result, changes } = await world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'hello' }))
      expect(result).toEqual({ id, version: seq + 1 })
      expect(changes.map((change) => change.event)).toEqual([
        { type: 'message.edited', roomId, seq: seq + 1, message: expect.objectContaining({ id, seq, text: 'hello' }) },
      ])
      expect(await find(world, ann, roomId, id)).toEqual({
        id,
        seq,
        version: seq + 1,
        ordinal: 1,
        textVersion: seq + 1,
        user: ann,
        text: 'hello',
        data: { a: 1 },
        createdAt: world.nowMs - 1_000,
        editedAt: world.nowMs,
        reactions: [],
      })
      await world.store.editMessage(edit(world, ann, roomId, id, seq + 1, { data: null }))
      expect(await find(world, ann, roomId, id)).not.toHaveProperty('data')
      await world.store.editMessage(edit(world, ann, roomId, id, seq + 2, { data: { b: [] }, text: '' }))
      expect(await find(world, ann, roomId, id)).toMatchObject({ text: '', data: { b: [] } })
    })

    test('an edit that would leave nothing is refused', async () => {
      const { ann, roomId, id, seq } = await spoken(world, { text: ' ', data: { a: 1 } })
      await expectRefusal(world.store.editMessage(edit(world, ann, roomId, id, seq, { data: null })), 'message_empty')
    })

    test('the same edit again is answered as the first time, and never applied twice', async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      const first = edit(world, ann, roomId, id, seq, { text: 'one' })
      const committed = await Promise.all(upTo(5).map(() => world.store.editMessage(first)))
      expect(committed.map(({ result }) => result)).toEqual(Array(5).fill({ id, version: seq + 1 }))
      expect(committed.flatMap(({ changes }) => changes)).toHaveLength(1)
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: id })
      await world.store.leaveRoom(world.by(ann, roomId))
      expect(await world.store.editMessage(first)).toEqual({ result: { id, version: seq + 1 }, changes: [] })
    })

    test('an edit that its author was not allowed is never done later, when they are', async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      const refused = edit(world, ann, roomId, id, seq, { text: 'refused' })
      await world.store.leaveRoom(world.by(ann, roomId))
      await expectRefusal(world.store.editMessage(refused), 'forbidden')
      await world.store.joinRoom(world.by(ann, roomId))
      await expectRefusal(world.store.editMessage(refused), 'cancelled')
      const { result } = await world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'anew' }))
      expect(await find(world, ann, roomId, id)).toMatchObject({ text: 'anew', version: result.version })
    })

    test('of several edits on the same version one is done, and the others conflict', async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      const edits = upTo(5).map((n) => edit(world, ann, roomId, id, seq, { text: `edit ${n}` }))
      const results = await Promise.all(edits.map((one) => refusalOf(world.store.editMessage(one))))
      expect(results.filter((result) => JSON.stringify(result).includes('edit_conflict'))).toHaveLength(4)
      await expectRefusal(world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'late' })), 'edit_conflict')
    })

    test('a reaction in between is no conflict', async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      await world.store.setReaction({ ...world.by(ann, roomId), messageId: id, emoji: '👍', on: true })
      const { result } = await world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'still mine' }))
      expect(result.version).toBe(seq + 2)
      expect(await find(world, ann, roomId, id)).toMatchObject({ reactions: [{ emoji: '👍', userIds: [ann.id] }] })
    })

    test('only authors edit, while they may write', async () => {
      const { ann, bob, roomId, id, seq } = await spoken(world)
      const by = (user: User) => world.store.editMessage(edit(world, user, roomId, id, seq, { text: 'mine' }))
      await expectRefusal(by(ann.id === bob.id ? ann : bob), 'forbidden')
      await expectRefusal(by(world.person('visitor')), 'forbidden')
      await world.store.updateMember({ ...world.by(bob, roomId), userId: ann.id, role: 'guest' })
      await expectRefusal(by(ann), 'forbidden')
      await world.store.removeMember({ ...world.by(bob, roomId), userId: ann.id })
      await expectRefusal(by(ann), 'removed')
    })

    test('an unknown or a deleted message is not edited', async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      const unknown = edit(world, ann, roomId, randomUUID(), seq, { text: 'x' })
      await expectRefusal(world.store.editMessage(unknown), 'message_not_found')
      await expectRefusal(
        world.store.editMessage({ ...unknown, roomId: world.roomId(), isOpen: true }),
        'message_not_found',
      )
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: id })
      await expectRefusal(world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'x' })), 'message_deleted')
    })
  })

  describeWithStore(`${name}: deleting`, createStore, (world) => {
    test('a deleted message leaves a tombstone in its place, and no word', async () => {
      const { ann, bob, roomId, id, seq } = await spoken(world, { text: 'secret', data: { secret: true } })
      await world.store.editMessage(edit(world, ann, roomId, id, seq, { text: 'secret too' }))
      await world.store.setReaction({ ...world.by(bob, roomId), messageId: id, emoji: '👀', on: true })
      const { result, changes } = await world.store.deleteMessage({ ...world.by(bob, roomId), messageId: id })
      expect(result).toEqual({ id, version: seq + 3 })
      const tombstone = {
        id,
        seq,
        version: seq + 3,
        ordinal: 1,
        textVersion: seq + 1,
        user: ann,
        text: '',
        createdAt: world.nowMs,
        deletedAt: world.nowMs,
        deletedBy: bob.id,
        reactions: [],
      }
      expect(changes.map((change) => change.event)).toEqual([
        { type: 'message.deleted', roomId, seq: seq + 3, message: tombstone },
      ])
      expect(await find(world, ann, roomId, id)).toEqual(tombstone)
    })

    test('deleting again is no change, whoever does it', async () => {
      const { ann, bob, roomId, id } = await spoken(world)
      const target = { ...world.by(ann, roomId), messageId: id }
      const { result } = await world.store.deleteMessage(target)
      expect(await world.store.deleteMessage(target)).toEqual({ result, changes: [] })
      expect(await world.store.deleteMessage({ ...target, actor: { user: bob } })).toEqual({ result, changes: [] })
      await world.store.leaveRoom(world.by(ann, roomId))
      expect(await world.store.deleteMessage(target)).toEqual({ result, changes: [] })
    })

    test('authors, moderators and owners delete; others do not', async () => {
      const { ann, bob, roomId, id } = await spoken(world)
      const [mod, member, visitor] = [world.person('mod'), world.person('member'), world.person('visitor')]
      await world.store.addMember({ ...world.by(bob, roomId), user: mod, role: 'moderator' })
      await world.store.joinRoom(world.by(member, roomId))
      const by = (user: User, messageId: string) => world.store.deleteMessage({ ...world.by(user, roomId), messageId })
      await expectRefusal(by(member, id), 'forbidden')
      await expectRefusal(by(visitor, id), 'forbidden')
      await expectRefusal(by(mod, randomUUID()), 'message_not_found')
      await by(mod, id)
      const own = await world.send(ann, roomId)
      await by(ann, own.id)
    })
  })
}

/** A message by ann, a member of a public room that bob owns. */
async function spoken(world: World, content: { text?: string; data?: MessageRow['data'] } = {}) {
  const [ann, bob] = [world.person('ann'), world.person('bob')]
  const roomId = await world.room('public', [bob, 'owner'], [ann, 'member'])
  return { ann, bob, roomId, ...(await world.send(ann, roomId, content)) }
}

function edit(
  world: World,
  user: User,
  roomId: string,
  messageId: string,
  baseVersion: number,
  content: Pick<MessageEdit, 'text' | 'data'>,
): MessageEdit {
  return { ...world.by(user, roomId), messageId, editId: randomUUID(), baseVersion, ...content }
}

async function find(world: World, user: User, roomId: string, id: string): Promise<MessageRow | undefined> {
  const page = await world.store.listMessages({ roomId, userId: user.id, isOpen: false, around: id, limit: 1 })
  return page.messages[0]
}
