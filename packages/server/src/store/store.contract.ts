/** Everything that every store does. */
import { expect, test } from 'vitest'
import { describeCatchUpContract } from './catch-up.contract.ts'
import { describeEditContract } from './edits.contract.ts'
import { describeHistoryContract } from './history.contract.ts'
import { describeMemberContract } from './members.contract.ts'
import { describeMessageContract } from './messages.contract.ts'
import { describeReactionContract } from './reactions.contract.ts'
import { describePictureContract } from './room-picture.contract.ts'
import { describeRoomContract } from './rooms.contract.ts'
import { describeSessionContract } from './sessions.contract.ts'
import { describeSyncContract } from './sync.contract.ts'
import { type CreateStore, describeWithStore } from './world.contract.ts'

export function describeStoreContract(name: string, createStore: CreateStore): void {
  describeRoomContract(name, createStore)
  describeMemberContract(name, createStore)
  describeMessageContract(name, createStore)
  describeEditContract(name, createStore)
  describeReactionContract(name, createStore)
  describeHistoryContract(name, createStore)
  describeCatchUpContract(name, createStore)
  describePictureContract(name, createStore)
  describeSessionContract(name, createStore)
  describeSyncContract(name, createStore)

  describeWithStore(`${name}: any answer`, createStore, (world) => {
    test('belongs to who asked: changing it, or what was asked with, changes nothing in the store', async () => {
      const ann = world.person('ann')
      const roomId = world.roomId()
      const draft = world.draft(ann, roomId, { isOpen: true, data: { a: 1 } })
      const { changes } = await world.store.sendMessage(draft)
      const event = changes[2]?.event
      if (event && 'message' in event) event.message.text = 'changed'
      if (draft.data) draft.data.a = 2
      const page = await world.store.listMessages({ roomId, userId: ann.id, isOpen: false, limit: 1 })
      expect(page.messages).toMatchObject([{ text: 'hello', data: { a: 1 } }])
    })

    test('a store that works is healthy', async () => {
      await expect(world.store.checkHealth()).resolves.toBeUndefined()
    })
  })
}
