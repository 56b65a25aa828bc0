import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../store/change.ts'
import { createRoom, type Person } from './feed-room.contract.ts'

describe('a room feed', () => {
  it('G3: changes that arrive late, doubled and out of order reach a session once each, in order', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    const changes = [await room.commit('1'), await room.commit('2'), await room.commit('3')]
    for (const n of [2, 0, 0, 2, 1, 1]) room.arrive(changes[n] ?? [])
    room.flush()
    expect(ada.seqs()).toEqual(room.seqsAfter(ada))
  })

  it('G3: a lost change is read from the store and sent as a range, and the stream goes on', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    await room.commit('lost')
    room.arrive(await room.commit('2'))
    await room.settle()
    room.arrive(await room.commit('3'))
    room.flush()
    expect(ada.types()).toEqual(['room.range', 'message.created'])
    expect(ada.position()).toBe(room.head())
  })

  it('G4: a lost last change is noticed when the store names a higher head', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    await room.commit('lost')
    room.feed.noteHead(room.head())
    await room.settle()
    expect([ada.types(), ada.position()]).toEqual([['room.range'], room.head()])
  })

  it('G6: whoever has seen what an older copy of the database never had is told to begin anew', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    const [change] = await room.commit('kept')
    room.arrive([change!])
    const lost = structuredClone(change!)
    lost.event.seq++
    room.arrive([lost])
    room.flush()
    expect(ada.position()).toBe(room.head() + 1)
    room.feed.askForHead()
    room.feed.noteHead(room.head())
    await room.settle()
    expect(ada.types()).toEqual(['message.created', 'message.created', 'room.opened'])
    expect(ada.position()).toBe(room.head())
  })

  it('G6: whoever comes after a database went back finds out for everybody, and reads a few times only', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    const [change] = await room.commit('kept')
    room.arrive([change!])
    for (const more of [1, 2]) {
      const lost = structuredClone(change!)
      lost.event.seq += more
      room.arrive([lost])
    }
    room.flush()
    const bob = await room.open('bob')
    await room.settle()
    expect(ada.types().at(-1)).toBe('room.opened')
    expect(room.counts.reads).toBeLessThan(6)
    room.arrive(await room.commit('again'))
    room.flush()
    for (const person of [ada, bob]) expect(person.position()).toBe(room.head())
  })

  it('G4: an answer that is older than what has come since takes nothing back', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    room.feed.askForHead()
    const head = room.head()
    room.arrive(await room.commit('meanwhile'))
    room.feed.noteHead(head)
    await room.settle()
    expect(ada.types()).toEqual(['message.created'])
  })

  it('G3: what is committed while a session reads comes after its rows, once', async () => {
    const room = await createRoom()
    await room.open('bob')
    const opening = room.open('ada')
    room.arrive(await room.commit('meanwhile'))
    const ada = await opening
    room.arrive(await room.commit('after'))
    room.flush()
    expect(ada.position()).toBe(room.head())
    expect(ada.texts()).toEqual(['first', 'meanwhile', 'after'])
  })

  it('G7: a removed user gets the removal and nothing after it; the others go on', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    room.arrive(await room.commit('before'))
    room.arrive(await room.remove('bob'))
    room.arrive(await room.commit('after'))
    room.flush()
    expect(ada.texts()).toEqual(['first', 'before', 'after'])
    expect(bob.texts()).toEqual(['first', 'before'])
    expect(bob.types()).toEqual(['message.created', 'member.removed', 'room.closed'])
    expect(bob.closed).toEqual(['room'])
  })

  it('G7: a user removed inside a repaired range gets nothing of the range', async () => {
    const room = await createRoom()
    const [ada, bob] = [await room.open('ada'), await room.open('bob')]
    await room.remove('bob')
    room.arrive(await room.commit('after'))
    await room.settle()
    expect(ada.texts()).toEqual(['first', 'after'])
    expect(bob.types()).toEqual(['room.closed'])
  })

  it('G7: a user removed while their read is under way gets what they may see and is closed', async () => {
    const room = await createRoom()
    await room.open('ada')
    room.holdReads()
    const opening = room.open('bob')
    await room.settle()
    room.arrive(await room.remove('bob'))
    room.arrive(await room.commit('after'))
    room.releaseReads()
    const bob = await opening
    room.flush()
    expect(bob.texts()).toEqual(['first'])
    expect(bob.types()).toEqual(['member.removed', 'room.closed'])
  })

  it('G3: a second read that sets the feed back gives nobody twice what they have', async () => {
    const room = await createRoom()
    const ada = await room.open('ada')
    room.holdReads()
    const opening = room.open('bob')
    await room.settle()
    room.arrive(await room.commit('while bob reads'))
    // Everybody's access is asked again, while the feed still waits for what bob read before.
    room.arrive(await room.rename('other'))
    room.releaseReads()
    const bob = await opening
    await room.settle()
    expect(bob.types()).toEqual(['message.created', 'room.updated'])
    expect([ada.position(), bob.position()]).toEqual([room.head(), room.head()])
    room.arrive(await room.commit('after'))
    room.flush()
    expect([ada.position(), bob.position()]).toEqual([room.head(), room.head()])
  })

  it('G3, G7: for any order of arrival and loss, every session ends at the head with the rows of the store', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('commit' as const) },
      { weight: 2, arbitrary: fc.constant('open' as const) },
      { weight: 2, arbitrary: fc.constant('lose' as const) },
      { weight: 2, arbitrary: fc.constant('swap' as const) },
      { weight: 1, arbitrary: fc.constant('settle' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const room = await createRoom()
        const opened: Promise<Person>[] = [room.open('ada')]
        let kept: Change[] = []
        for (const what of steps) {
          if (what === 'open') opened.push(room.open('ada'))
          else if (what === 'settle') await room.settle()
          else {
            const changes = await room.commit('m')
            if (what === 'commit') {
              room.arrive(changes)
              room.arrive(kept)
              kept = []
            } else if (what === 'swap') kept = [...changes, ...kept]
          }
        }
        const people = await Promise.all(opened)
        room.feed.noteHead(room.head())
        await room.settle()
        for (const person of people) expect(person.position()).toBe(room.head())
      }),
      { numRuns: 200 },
    )
  })
})
