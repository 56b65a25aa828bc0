/** How every store pages through a room's messages. */
import { uuidv7 } from '@parlor/protocol'
import { expect, test } from 'vitest'
import type { MessageListQuery } from './messages.ts'
import { type CreateStore, describeWithStore, expectRefusal, upTo } from './world.contract.ts'

export function describeHistoryContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: history`, createStore, (world) => {
    /** A room with ten messages, between which other things happened. */
    async function spoken() {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const sent: { id: string; seq: number }[] = []
      for (const n of upTo(10)) {
        sent.push(await world.send(ann, roomId, { text: `message ${n}` }))
        if (n % 3 === 0) await world.store.joinRoom(world.by(world.person('newcomer'), roomId))
      }
      const page = async (query: Partial<MessageListQuery>) => {
        const answer = await world.store.listMessages({ roomId, userId: ann.id, isOpen: false, limit: 3, ...query })
        const ordinals = answer.messages.map((message) => message.ordinal)
        return [ordinals, answer.hasOlder, answer.hasNewer]
      }
      const seq = (n: number) => sent[n - 1]?.seq ?? Number.NaN
      const id = (n: number) => sent[n - 1]?.id
      return { ann, roomId, page, seq, id }
    }

    test('without a place, a page is the newest, oldest first, at the head that it names', async () => {
      const { ann, roomId, page } = await spoken()
      expect(await page({})).toEqual([[8, 9, 10], true, false])
      expect(await page({ limit: 10 })).toEqual([upTo(10), false, false])
      const answer = await world.store.listMessages({ roomId, userId: ann.id, isOpen: false, limit: 1 })
      expect(answer).toMatchObject({ epoch: world.store.startId, head: 15 })
    })

    test('before and after a seq stand the nearest, whether or not a message has that seq', async () => {
      const { page, seq } = await spoken()
      expect(await page({ before: seq(5) })).toEqual([[2, 3, 4], true, true])
      expect(await page({ before: seq(4) })).toEqual([[1, 2, 3], false, true])
      expect(await page({ before: seq(1) })).toEqual([[], false, true])
      expect(await page({ before: 1_000 })).toEqual([[8, 9, 10], true, false])
      expect(await page({ after: seq(5) })).toEqual([[6, 7, 8], true, true])
      expect(await page({ after: seq(7) })).toEqual([[8, 9, 10], true, false])
      expect(await page({ after: seq(1) })).toEqual([[2, 3, 4], true, true])
      expect(await page({ before: seq(10) })).toEqual([[7, 8, 9], true, true])
      expect(await page({ after: seq(10) })).toEqual([[], true, false])
      expect(await page({ after: 0 })).toEqual([[1, 2, 3], false, true])
      // The newcomer's join.
      expect(await page({ after: seq(3) + 1 })).toEqual([[4, 5, 6], true, true])
      expect(await page({ before: seq(3) + 1 })).toEqual([[1, 2, 3], false, true])
    })

    test('around a message, it stands in the middle; where one side is short, the other fills the page', async () => {
      const { page, id } = await spoken()
      expect(await page({ around: id(5) })).toEqual([[4, 5, 6], true, true])
      expect(await page({ around: id(5), limit: 4 })).toEqual([[4, 5, 6, 7], true, true])
      expect(await page({ around: id(1), limit: 4 })).toEqual([[1, 2, 3, 4], false, true])
      expect(await page({ around: id(10), limit: 4 })).toEqual([[7, 8, 9, 10], true, false])
      expect(await page({ around: id(5), limit: 1 })).toEqual([[5], true, true])
      expect(await page({ around: id(5), limit: 100 })).toEqual([upTo(10), false, false])
      await expectRefusal(page({ around: uuidv7() }), 'message_not_found')
    })

    test('tombstones keep their place', async () => {
      const { ann, roomId, page, id } = await spoken()
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: id(9) ?? '' })
      expect(await page({})).toEqual([[8, 9, 10], true, false])
      expect(await page({ around: id(9) })).toEqual([[8, 9, 10], true, false])
    })

    test('visitors read a public room; an open room that nobody has written is empty', async () => {
      const { page } = await spoken()
      expect(await page({ userId: 'a visitor' })).toEqual([[8, 9, 10], true, false])
      const roomId = world.roomId()
      const blank = { roomId, userId: 'anybody', isOpen: true, limit: 3 }
      const empty = { epoch: '', head: 0, messages: [], hasOlder: false, hasNewer: false }
      expect(await world.store.listMessages(blank)).toEqual(empty)
      await expectRefusal(world.store.listMessages({ ...blank, around: uuidv7() }), 'message_not_found')
      await expectRefusal(world.store.listMessages({ ...blank, isOpen: false }), 'room_not_found')
    })
  })
}
