import { describe, expect, it } from 'vitest'
import { createRoom } from './feed-room.contract.ts'

describe('a room feed that remembers', () => {
  it('[G12] who comes while a read is under way shares the next one', async () => {
    const room = await createRoom()
    room.holdReads()
    const first = room.open('ada')
    await room.settle()
    const others = Array.from({ length: 100 }, () => room.open('bob'))
    room.releaseReads()
    await Promise.all([first, ...others])
    expect(room.counts).toEqual({ reads: 2, readers: 101, recalls: 0 })
  })

  it('[G12] who comes back is served without a read, with what came while nobody was here', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    const { reads } = room.counts
    for (const { id } of [ada, bob]) room.feed.close(id)
    room.arrive(await room.commit('meanwhile'))
    const [again, other] = [await room.resume('ada', ada.position()), await room.resume('bob', bob.openedAt())]
    expect([again.texts(), other.texts()]).toEqual([['meanwhile'], ['meanwhile']])
    expect(room.counts).toMatchObject({ reads, recalls: 2 })
    room.arrive(await room.commit('live'))
    room.flush()
    expect([again.position(), other.position()]).toEqual([room.head(), room.head()])
  })

  it('[G1] while a commit is in doubt, and with other nodes, everybody reads: who was told of it must find it', async () => {
    for (const isComplete of [true, false]) {
      const room = await createRoom({ isComplete })
      const ada = await room.open('ada')
      if (isComplete) room.feed.touchedAt = 60_000
      await room.commit('nobody tells')
      expect((await room.resume('ada', ada.position())).texts()).toEqual(['nobody tells'])
      expect(room.counts.recalls).toBe(0)
    }
  })

  it('[G12] with other nodes, a look at the head is all that who comes back costs', async () => {
    const room = await createRoom({ isComplete: false })
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    for (const { id } of [ada, bob]) room.feed.close(id)
    room.arrive(await room.commit('missed'))
    const [before, looks] = [{ ...room.counts }, room.headReads()]
    const since = ada.position()
    const back = await Promise.all(['ada', 'bob', 'bob'].map((userId) => room.resume(userId, since)))
    expect(back.map((person) => person.texts())).toEqual(back.map(() => ['missed']))
    expect(room.counts).toEqual({ ...before, recalls: before.recalls + 3 })
    // The first one looks at once, the next together.
    expect(room.headReads()).toBe(looks + 2)
    room.arrive(await room.commit('live'))
    room.flush()
    expect(back.map((person) => person.texts())).toEqual(back.map(() => ['missed', 'live']))
  })

  it('[G7] who was removed by another node that nobody heard is refused', async () => {
    const room = await createRoom({ isComplete: false })
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    room.feed.close(bob.id)
    await room.remove('bob')
    await expect(room.resume('bob', bob.position())).rejects.toMatchObject({ code: 'removed' })
    await room.settle()
    expect(ada.position()).toBe(room.head())
  })

  it('[G7] who was removed while nobody was here is refused', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    for (const { id } of [ada, bob]) room.feed.close(id)
    room.arrive(await room.remove('bob'))
    room.arrive(await room.commit('secret'))
    await expect(room.resume('bob', bob.position())).rejects.toMatchObject({ code: 'removed' })
    expect((await room.resume('ada', ada.position())).texts()).toEqual(['secret'])
  })

  it('[G7] who was removed inside a range that was read for others is refused', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    room.feed.close(bob.id)
    await room.remove('bob')
    room.arrive(await room.commit('secret'))
    await room.settle()
    expect(ada.types()[0]).toBe('room.range')
    await expect(room.resume('bob', bob.position())).rejects.toMatchObject({ code: 'removed' })
  })

  it('[G3] news that a room without readers missed is read by who comes next', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    room.feed.close(ada.id)
    await room.commit('lost')
    room.arrive(await room.commit('told'))
    await room.settle()
    const { reads } = room.counts
    expect((await room.resume('ada', ada.position())).texts()).toEqual(['lost', 'told'])
    expect(room.counts.reads).toBe(reads + 1)
  })

  it('[G3] a reader who is ahead of this node is read for, and given nothing older than they hold', async () => {
    const room = await createRoom()
    await room.open('ada')
    await room.commit('told by another node')
    const bob = await room.resume('bob', room.head())
    expect([bob.texts(), bob.openedAt()]).toEqual([[], room.head()])
  })
})
