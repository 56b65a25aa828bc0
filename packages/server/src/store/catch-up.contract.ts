/** How every store brings a reader to a room's head. */
import { randomUUID } from 'node:crypto'
import {
  MAX_CATCH_UP_ROWS,
  MAX_TEXT_CHARS,
  MEMBERS_ON_OPEN,
  type ResumePoint,
  type User,
  uuidv7,
} from '@parlor/protocol'
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore, expectRefusal, upTo } from './world.contract.ts'

export function describeCatchUpContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: opening a room`, createStore, (world) => {
    const open = (user: User, roomId: string, since?: ResumePoint, isOpen = false) =>
      world.store.openRoom({ roomId, userId: user.id, isOpen, since, limit: 5 })
    const at = (seq: number, newest?: ResumePoint['newest']): ResumePoint => ({
      epoch: world.store.startId,
      seq,
      ...(newest && { newest }),
    })

    test('without a position it is a fresh start: the room, the newest page, the members, and me', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('private', [bob, 'member'], [ann, 'owner'])
      const sent = await world.sendMany(ann, roomId, 7)
      const { reset, ...opened } = await open(bob, roomId)
      expect(opened).toMatchObject({ roomId, epoch: world.store.startId, head: 10, me: { userId: bob.id } })
      expect(opened).not.toHaveProperty('range')
      expect(reset).toMatchObject({ reason: 'fresh', hasOlder: true, membersComplete: true })
      expect(reset?.room).toMatchObject({ id: roomId, kind: 'private', memberCount: 2, version: 3 })
      expect(reset?.messages.map(({ id }) => id)).toEqual(sent.slice(2).map(({ id }) => id))
      expect(reset?.members.map(({ userId }) => userId)).toEqual([ann.id, bob.id])
    })

    test('an open room that nobody has written is a room of head 0', async () => {
      const ann = world.person('ann')
      const roomId = world.roomId()
      const room = { id: roomId, kind: 'public', name: null, memberCount: 0, floor: 1, createdAt: 0, version: 0 }
      const rows = { room, messages: [], hasOlder: false, members: [], membersComplete: true }
      const opened = { roomId, epoch: '', head: 0, me: null }
      expect(await open(ann, roomId, undefined, true)).toEqual({ ...opened, reset: { reason: 'fresh', ...rows } })
      const range = { from: 0, to: 0, members: [], messages: [] }
      expect(await open(ann, roomId, { epoch: '', seq: 0 }, true)).toEqual({ ...opened, range })
      expect(await open(ann, roomId, at(3), true)).toEqual({ ...opened, reset: { reason: 'unknown', ...rows } })
      expect(await world.store.readHeads([roomId])).toEqual(new Map())
      await expectRefusal(open(ann, roomId), 'room_not_found')
    })

    test('a range has every row that changed since, once, as it is now', async () => {
      const [ann, bob, cat] = [world.person('ann'), world.person('bob'), world.person('cat')]
      const roomId = await world.room('public', [ann, 'owner'], [bob, 'member'])
      const [one, two, three] = await world.sendMany(ann, roomId, 3)
      const from = three?.seq ?? 0
      const target = (id = '') => ({ ...world.by(ann, roomId), messageId: id })
      await world.store.setReaction({ ...target(two?.id), emoji: '👍', on: true })
      const editId = randomUUID()
      const baseVersion = two?.seq ?? 0
      await world.store.editMessage({ ...target(two?.id), text: 'two', editId, baseVersion })
      await world.store.deleteMessage(target(one?.id))
      await world.store.removeMember({ ...world.by(ann, roomId), userId: bob.id })
      const four = await world.send(cat, roomId)
      const { range, ...opened } = await open(ann, roomId, at(from))
      expect(opened).toMatchObject({ head: from + 6, me: { userId: ann.id } })
      expect(range).toMatchObject({ from, to: from + 6, room: { memberCount: 2, version: from + 5 } })
      expect(range?.messages.map(({ id, version }) => [id, version - from])).toEqual([
        [one?.id, 3],
        [two?.id, 2],
        [four.id, 6],
      ])
      expect(range?.messages[1]).toMatchObject({ text: 'two', reactions: [{ emoji: '👍', userIds: [ann.id] }] })
      expect(range?.members.map(({ userId, gone }) => [userId, gone])).toEqual([
        [bob.id, 'removed'],
        [cat.id, undefined],
      ])
    })

    test('a range without a change of the room row has none, and at the head it is empty', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const { seq } = await world.send(ann, roomId)
      expect((await open(ann, roomId, at(seq - 1))).range).not.toHaveProperty('room')
      expect((await open(ann, roomId, at(seq))).range).toEqual({ from: seq, to: seq, members: [], messages: [] })
    })

    test('everything since the beginning is a range too, for who holds nothing', async () => {
      const ann = world.person('ann')
      const roomId = world.roomId()
      await world.send(ann, roomId, { isOpen: true })
      const { range } = await open(ann, roomId, { epoch: '', seq: 0 })
      expect(range).toMatchObject({ from: 0, to: 3, room: { version: 2 }, members: [{}], messages: [{ seq: 3 }] })
    })

    test('a position that is not of this history is a reset: ahead of the head, or of another epoch', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      for (const since of [at(3), { epoch: randomUUID(), seq: 1 }, { epoch: '', seq: 1 }]) {
        expect((await open(ann, roomId, since)).reset).toMatchObject({ reason: 'unknown' })
      }
    })

    test('the newest message held must be in this history, at its place', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const newest = await world.send(ann, roomId)
      expect((await open(ann, roomId, at(newest.seq, newest))).range).toBeDefined()
      for (const wrong of [
        { ...newest, id: uuidv7() },
        { ...newest, seq: newest.seq - 1 },
      ]) {
        expect((await open(ann, roomId, at(newest.seq, wrong))).reset).toMatchObject({ reason: 'unknown' })
      }
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: newest.id })
      expect((await open(ann, roomId, at(newest.seq, newest))).range).toBeDefined()
    })

    test(`at most ${MAX_CATCH_UP_ROWS} changed rows are a range; more are a reset`, async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const sent = await world.sendMany(ann, roomId, MAX_CATCH_UP_ROWS)
      const since = async (seq: number) => {
        const changes = await world.store.readChanges({ roomId, epoch: world.store.startId, from: seq })
        const { range, reset } = await open(ann, roomId, at(seq))
        expect(changes?.range).toEqual(range)
        if (reset) expect(reset).toMatchObject({ reason: 'behind', hasOlder: true, messages: { length: 5 } })
        return range && [range.messages.length, range.members.length, range.room ? 1 : 0]
      }
      expect(await since(2)).toEqual([MAX_CATCH_UP_ROWS, 0, 0])
      // The same row again is no further row; the room's is, and so is a member's.
      await world.store.deleteMessage({ ...world.by(ann, roomId), messageId: sent.at(-1)?.id ?? '' })
      expect(await since(2)).toEqual([MAX_CATCH_UP_ROWS, 0, 0])
      await world.store.upsertRoom({ roomId, name: 'Renamed', members: [] })
      expect(await since(2)).toBeUndefined()
      expect(await since(3)).toEqual([MAX_CATCH_UP_ROWS - 1, 0, 1])
      await world.store.joinRoom(world.by(world.person('bob'), roomId))
      expect(await since(3)).toBeUndefined()
      expect(await since(4)).toEqual([MAX_CATCH_UP_ROWS - 2, 1, 1])
    })

    test('[RESUME-4] more bytes than a catch-up may send are a reset too', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const text = 'x'.repeat(MAX_TEXT_CHARS)
      for (let n = 0; n < 200; n++) await world.send(ann, roomId, { text })
      const head = 202
      expect((await open(ann, roomId, at(2))).reset).toMatchObject({ reason: 'behind' })
      const { range } = await open(ann, roomId, at(head - 100))
      expect(range?.messages).toHaveLength(100)
    })

    test('old rows that changed count as much as new ones', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public', [ann, 'owner'])
      const sent = await world.sendMany(ann, roomId, MAX_CATCH_UP_ROWS)
      const head = MAX_CATCH_UP_ROWS + 2
      const react = (messageId: string) =>
        world.store.setReaction({ ...world.by(ann, roomId), messageId, emoji: '👍', on: true })
      await Promise.all(sent.slice(1).map(({ id }) => react(id)))
      const { id } = await world.send(ann, roomId)
      const { range } = await open(ann, roomId, at(head))
      expect(range?.messages.map((message) => message.id)).toEqual([...sent.slice(1).map((message) => message.id), id])
      await react(sent[0]?.id ?? '')
      expect((await open(ann, roomId, at(head))).reset).toMatchObject({ reason: 'behind' })
    })

    test('a reset has the most powerful members first, and always the reader', async () => {
      const people = world.people(MEMBERS_ON_OPEN + 5)
      const roomId = world.roomId()
      const members = people.map((user) => ({ user, role: 'member' as const }))
      await world.store.upsertRoom({ roomId, kind: 'public', members })
      const [owner, guest, visitor] = [world.person('zoe'), world.person('zed'), world.person('eve')]
      const staff = {
        roomId,
        members: [
          { user: guest, role: 'guest' as const },
          { user: owner, role: 'owner' as const },
        ],
      }
      await world.store.upsertRoom(staff)
      const ids = people.map(({ id }) => id).toSorted()
      const seenBy = async (user: User) => {
        const { me, reset } = await open(user, roomId)
        expect(reset?.membersComplete).toBe(false)
        return { me: me?.userId, ids: reset?.members.map(({ userId }) => userId) }
      }
      const first = [owner.id, ...ids.slice(0, MEMBERS_ON_OPEN - 1)]
      expect(await seenBy(visitor)).toEqual({ me: undefined, ids: first })
      expect(await seenBy(guest)).toEqual({ me: guest.id, ids: [...first.slice(0, -1), guest.id] })
    })

    test('who left a public room reads it as a visitor', async () => {
      const [ann, bob] = [world.person('ann'), world.person('bob')]
      const roomId = await world.room('public', [ann, 'owner'], [bob, 'member'])
      await world.store.leaveRoom(world.by(bob, roomId))
      const { me, range } = await open(bob, roomId, at(3))
      expect(me).toBeNull()
      expect(range?.members).toMatchObject([{ userId: bob.id, gone: 'left', version: 4 }])
    })

    test('opening a room never writes', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('public')
      await open(ann, roomId, at(1))
      await open(ann, roomId)
      expect((await world.store.readHeads([roomId])).get(roomId)?.head).toBe(1)
    })
  })

  describeWithStore(`${name}: a node's own repair`, createStore, (world) => {
    test('changes are read for nobody in particular, from a position that is valid', async () => {
      const ann = world.person('ann')
      const roomId = await world.room('private', [ann, 'owner'])
      const { id } = await world.send(ann, roomId)
      const epoch = world.store.startId
      expect(await world.store.readChanges({ roomId, epoch, from: 2 })).toMatchObject({
        epoch,
        head: 3,
        me: null,
        range: { from: 2, to: 3, members: [], messages: [{ id }] },
      })
      expect(await world.store.readChanges({ roomId, epoch, from: 4 })).toBeUndefined()
      expect(await world.store.readChanges({ roomId, epoch: randomUUID(), from: 2 })).toBeUndefined()
    })

    test('a room that nobody has written has no changes', async () => {
      const roomId = world.roomId()
      const range = { from: 0, to: 0, members: [], messages: [] }
      const blank = { roomId, epoch: '', head: 0, me: null, range }
      expect(await world.store.readChanges({ roomId, epoch: '', from: 0 })).toEqual(blank)
      expect(await world.store.readChanges({ roomId, epoch: '', from: 1 })).toBeUndefined()
    })

    test('[G14] what was published, applied to what was read while it went on, is what is read in the end', async () => {
      const people = world.people(4)
      const roomId = world.roomId()
      const work = upTo(60).map((n) => {
        const user = people[n % 4]
        if (!user) throw new Error('nobody')
        return world.store.sendMessage(world.draft(user, roomId, { isOpen: true }))
      })
      const reads = upTo(20).map(() => world.store.openRoom({ roomId, userId: 'eve', isOpen: true, limit: 100 }))
      const changes = (await Promise.all(work)).flatMap((committed) => committed.changes)
      const all = await world.store.openRoom({ roomId, userId: 'eve', isOpen: true, limit: 100 })
      for (const { head, reset } of await Promise.all(reads)) {
        const later = changes.filter(({ event }) => event.seq > head).sort((a, b) => a.event.seq - b.event.seq)
        expect(later).toHaveLength(all.head - head)
        const messages = later.flatMap(({ event }) => ('message' in event ? [event.message] : []))
        expect([...(reset?.messages ?? []), ...messages]).toEqual(all.reset?.messages)
      }
    })
  })
}
