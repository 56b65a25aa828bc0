/** What every store does for reactions. */
import { randomUUID } from 'node:crypto'
import { MAX_EMOJI_PER_MESSAGE, MAX_REACTIONS_PER_MESSAGE, type Reaction, type User } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore, expectRefusal, types, upTo, type World } from './world.contract.ts'

export function describeReactionContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: reacting`, createStore, (world) => {
    const react = (user: User, roomId: string, messageId: string, emoji: string, on = true) =>
      world.store.setReaction({ ...world.by(user, roomId), messageId, emoji, on })

    test('reactions stand in the order in which they were made, and stamp their message', async () => {
      const { ann, bob, roomId, id, seq } = await spoken(world)
      await react(bob, roomId, id, '👍')
      await react(ann, roomId, id, '🎉')
      const { result, changes } = await react(ann, roomId, id, '👍')
      expect(result).toEqual({ id, version: seq + 3 })
      const reactions = [
        { emoji: '👍', userIds: [bob.id, ann.id] },
        { emoji: '🎉', userIds: [ann.id] },
      ]
      expect(changes.map((change) => change.event)).toMatchObject([
        { type: 'message.reacted', seq: seq + 3, message: { id, seq, version: seq + 3, textVersion: seq, reactions } },
      ])
      expect(await reactionsOf(world, ann, roomId, id)).toEqual(reactions)
      await react(bob, roomId, id, '👍', false)
      await react(ann, roomId, id, '🎉', false)
      expect(await reactionsOf(world, ann, roomId, id)).toEqual([{ emoji: '👍', userIds: [ann.id] }])
    })

    test("setting what is set and clearing what isn't are no changes", async () => {
      const { ann, roomId, id, seq } = await spoken(world)
      expect(await react(ann, roomId, id, '👍', false)).toEqual({ result: { id, version: seq }, changes: [] })
      await react(ann, roomId, id, '👍')
      expect(await react(ann, roomId, id, '👍')).toEqual({ result: { id, version: seq + 1 }, changes: [] })
    })

    test('setting joins a visitor of a public room; clearing and failing do not', async () => {
      const { roomId, id } = await spoken(world)
      const [cat, visitor] = [world.person('cat'), world.person('visitor')]
      await expectRefusal(react(cat, roomId, randomUUID(), '👍'), 'message_not_found')
      expect(types(await react(cat, roomId, id, '👍'))).toEqual(['member.joined', 'message.reacted'])
      await world.store.leaveRoom(world.by(cat, roomId))
      expect(types(await react(cat, roomId, id, '👍', false))).toEqual(['message.reacted'])
      expect(await react(visitor, roomId, id, '👍', false)).toMatchObject({ changes: [] })
      const { members } = await world.store.listMembers({ roomId, userId: cat.id, isOpen: false, limit: 100 })
      expect(members.map((member) => member.name)).not.toContain('cat')
      expect(members.map((member) => member.name)).not.toContain('visitor')
    })

    test('guests, the removed, and deleted messages are refused', async () => {
      const { ann, bob, roomId, id } = await spoken(world)
      const gus = world.person('gus')
      await world.store.addMember({ ...world.by(bob, roomId), user: gus, role: 'guest' })
      await expectRefusal(react(gus, roomId, id, '👍'), 'forbidden')
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: id })
      await expectRefusal(react(ann, roomId, id, '👍'), 'message_deleted')
      await world.store.removeMember({ ...world.by(bob, roomId), userId: ann.id })
      await expectRefusal(react(ann, roomId, id, '👍'), 'removed')
    })

    test('a message keeps so many emoji and no more; those that are there may still be joined', async () => {
      const { ann, bob, roomId, id } = await spoken(world)
      await Promise.all(upTo(MAX_EMOJI_PER_MESSAGE).map((n) => react(ann, roomId, id, `e${n}`)))
      await expectRefusal(react(ann, roomId, id, 'one more'), 'reaction_limit')
      await react(bob, roomId, id, 'e1')
    })

    test('a message keeps so many reactions and no more', async () => {
      const { ann, bob, roomId, id } = await spoken(world)
      const people = world.people(MAX_REACTIONS_PER_MESSAGE / 20)
      await world.store.upsertRoom({ roomId, members: people.map((user) => ({ user })) })
      await Promise.all(people.flatMap((user) => upTo(20).map((n) => react(user, roomId, id, `e${n}`))))
      await expectRefusal(react(ann, roomId, id, 'e1'), 'reaction_limit')
      const reactions = await reactionsOf(world, bob, roomId, id)
      expect(reactions?.flatMap((reaction) => reaction.userIds)).toHaveLength(MAX_REACTIONS_PER_MESSAGE)
    })
  })
}

async function spoken(world: World) {
  const [ann, bob] = [world.person('ann'), world.person('bob')]
  const roomId = await world.room('public', [bob, 'owner'], [ann, 'member'])
  return { ann, bob, roomId, ...(await world.send(ann, roomId)) }
}

async function reactionsOf(world: World, user: User, roomId: string, id: string): Promise<Reaction[] | undefined> {
  const page = await world.store.listMessages({ roomId, userId: user.id, isOpen: false, around: id, limit: 1 })
  return page.messages[0]?.reactions
}
