/** How every store reads a room for many readers together. */
import { randomUUID } from 'node:crypto'
import { MAX_CATCH_UP_ROWS, type ResumePoint } from '@parlor/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindArbitrary, Stage, stepArbitrary } from './random-work.contract.ts'
import { openFrom, type RoomReader } from './room-picture.ts'
import { type CreateStore, describeWithStore } from './world.contract.ts'

export function describePictureContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: reading a room for many`, createStore, (world) => {
    test('[G14] gives each reader, whoever reads with them, what reading alone gives, or the same refusal', async () => {
      await fc.assert(
        fc.asyncProperty(
          kindArbitrary,
          fc.array(stepArbitrary, { minLength: 20, maxLength: 60, size: 'max' }),
          fc.option(fc.nat(4), { nil: undefined }),
          async (kind, steps, extraMembers) => {
            const stage = new Stage(randomUUID(), kind)
            for (const step of [stage.opening, ...steps]) {
              world.nowMs += 1
              await stage.perform(world.store, step)
            }
            for (const roomId of stage.rooms) {
              const place = { roomId, isOpen: stage.isOpen(roomId) }
              const readers = readersOf(stage, world.store.startId)
              const extra = extraMembers === undefined ? undefined : { members: extraMembers }
              const picture = await world.store.readRoom({ ...place, readers, extra })
              for (const reader of readers) {
                const alone = await world.store.openRoom({ ...place, ...reader }).catch(codeOf)
                expect(resultOf(() => openFrom(picture, reader))).toEqual(alone)
              }
            }
          },
        ),
        { numRuns: 30 },
      )
    }, 120_000)

    test('each reader is told by their own distance: a range, or that too much changed', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      await world.sendMany(ann, roomId, MAX_CATCH_UP_ROWS + 50)
      const epoch = world.store.startId
      const readers = [2, 51, 52, 352].map((seq) => ({ userId: ann.id, since: { epoch, seq }, limit: 5 }))
      const picture = await world.store.readRoom({ roomId, isOpen: false, readers })
      const opened = readers.map((reader) => openFrom(picture, reader))
      expect(opened.map(({ range, reset }) => range?.messages.length ?? reset?.reason)).toEqual([
        'behind',
        'behind',
        MAX_CATCH_UP_ROWS,
        0,
      ])
    })

    test('what later readers may need comes along when it is asked for: changes and members, everybody if they are few', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const roomId = await world.room('private', [ann, 'owner'], [bob, 'member'])
      await world.removed(roomId, cat)
      const { id } = await world.send(ann, roomId)
      const readers = [{ userId: ann.id, limit: 5 }]
      const all = await world.store.readRoom({ roomId, isOpen: false, readers, extra: { members: 3 } })
      expect(all).toMatchObject({ hasAllMembers: true, changes: { after: 0, isCut: false, messages: [{ id }] } })
      expect([...all.members.keys()].toSorted()).toEqual([ann.id, bob.id, cat.id].toSorted())
      expect(all.members.get(cat.id)).toMatchObject({ gone: 'removed' })
      const some = await world.store.readRoom({ roomId, isOpen: false, readers, extra: { members: 2 } })
      expect([some.hasAllMembers, some.members.size]).toEqual([false, 2])
      const none = await world.store.readRoom({ roomId, isOpen: false, readers })
      expect(none).toMatchObject({ hasAllMembers: false, changes: { messages: [], members: [] } })
    })

    test('[G7] where nobody may read the room, it is read as little as one that is not there', async () => {
      const [ann, eve] = [world.person('ann'), world.person('eve')]
      const roomId = await world.room('private', [ann, 'owner'])
      await world.send(ann, roomId)
      const readers = [{ userId: eve.id, since: { epoch: world.store.startId, seq: 1 }, limit: 5 }]
      for (const id of [roomId, world.roomId()]) {
        const picture = await world.store.readRoom({ roomId: id, isOpen: false, readers, extra: { members: 10 } })
        expect(picture).toMatchObject({ epochs: [], hasAllMembers: false, page: undefined })
        expect(picture).toMatchObject({ changes: { members: [], messages: [] }, members: new Map([[eve.id, null]]) })
      }
    })
  })
}

/** Everybody, from every position that matters, with and without a message that they say they hold. */
function readersOf(stage: Stage, epoch: string): RoomReader[] {
  const positions: (ResumePoint | undefined)[] = [undefined, { epoch: '', seq: 0 }, { epoch: 'another', seq: 2 }]
  for (const seq of [1, 3, 7, 12, 1_000]) {
    const newest = { id: `message-${seq % 8}-${seq}`, seq }
    positions.push({ epoch, seq }, { epoch, seq, newest })
  }
  return stage.people.flatMap(({ id: userId }, at) =>
    positions.map((since) => ({ userId, since, limit: at % 2 === 0 ? 4 : 2 })),
  )
}

function resultOf(open: () => unknown): unknown {
  try {
    return open()
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code ?? String(error)
}
