import { ChatError } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { onEveryStore, type Service, startService } from './harness.ts'
import type { Item, Peer, Result } from './peer.ts'
import { createRandom, type Random } from './random.ts'
import { ReferenceRoom } from './reference-client.ts'

const SEED = Number(process.env.PARLOR_TEST_SEED) || Math.floor(Math.random() * 2 ** 31)

onEveryStore((store) => {
  test(`[CLIENT-1] [CLIENT-2] [CLIENT-3] [CLIENT-4] a client that follows the rules ends up with what is there (PARLOR_TEST_SEED=${SEED})`, {
    timeout: 60_000,
  }, async () => {
    const service = await startService({ store })
    const random = createRandom(SEED)
    const writers = await Promise.all(['ann', 'bo', 'cy'].map((id) => service.signIn(id)))
    let isWriting = true
    const writing = Promise.all(writers.map((writer) => chat(writer, random, 80))).finally(() => {
      isWriting = false
    })
    const readers = await Promise.all(
      Array.from({ length: 4 }, async (_, i) => follow(service, `reader-${i}`, random, () => isWriting)),
    )
    await writing

    const truth = await readEverything(await service.signIn('judge'))
    for (const { room, peer } of readers) {
      await peer.until(() => room.position.seq === truth.head, `seq ${truth.head}`)
      while (room.list().length < truth.messages.length) await loadOlder(peer, room)
      expect(room.list()).toEqual(truth.messages)
      expect([...room.members.values()].filter((member) => !member.gone).sort(byUserId)).toEqual(truth.members)
      expect(room.room).toEqual(truth.room)
    }
  })
})

describe('the rules on their own', () => {
  const message = (seq: number, version: number) => ({ id: `m${seq}`, seq, version, text: `${version}` })
  const created = (seq: number) => ({ type: 'message.created', roomId: 'r', seq, message: message(seq, seq) })
  const start = (head: number, messages: Item[] = [], hasOlder = false) => {
    const room = new ReferenceRoom()
    room.opened({ epoch: 'e', head, reset: { messages, members: [], hasOlder, room: { id: 'r', version: 1 } } })
    return room
  }
  const texts = (room: ReferenceRoom) => room.list().map(({ text }) => text)

  test('[CLIENT-1] the past is dropped, the next applied, a hole noticed', () => {
    const room = start(4)
    for (const seq of [4, 5, 5, 6]) room.take(created(seq))
    expect([room.position.seq, texts(room), room.needsResume]).toEqual([6, ['5', '6'], false])
    room.take(created(8))
    expect([room.position.seq, texts(room), room.needsResume]).toEqual([6, ['5', '6'], true])
  })

  test('[CLIENT-2] an older version never overwrites a newer one', () => {
    const room = start(4, [message(2, 9)])
    room.take({ type: 'room.range', epoch: 'e', from: 3, to: 9, members: [], messages: [message(2, 3)] })
    expect(texts(room)).toEqual(['9'])
  })

  test('[CLIENT-3] a range moves the position to its end; a reset forgets everything, and pages asked for before', () => {
    const room = start(4, [message(4, 4)], true)
    room.take({ type: 'room.range', epoch: 'e', from: 2, to: 9, members: [], messages: [message(8, 8)] })
    expect([room.position.seq, texts(room)]).toEqual([9, ['4', '8']])
    room.take({ type: 'room.range', epoch: 'e', from: 11, to: 12, members: [], messages: [] })
    expect([room.position.seq, room.needsResume]).toEqual([9, true])
    const answer = room.askForPage()
    room.opened({ epoch: 'f', head: 2, reset: { messages: [message(2, 2)], members: [], hasOlder: false } })
    answer({ epoch: 'e', head: 9, messages: [message(1, 1)], hasOlder: false })
    expect([room.position, texts(room)]).toEqual([{ epoch: 'f', seq: 2 }, ['2']])
  })

  test('[CLIENT-4] a page waits for its head, and does not undo what was seen meanwhile', () => {
    const room = start(5, [message(5, 5)], true)
    const answer = room.askForPage()
    room.take({ type: 'message.edited', roomId: 'r', seq: 6, message: message(2, 6) })
    answer({ epoch: 'e', head: 7, messages: [message(2, 2), message(3, 3)], hasOlder: false })
    expect(texts(room)).toEqual(['5'])
    room.take(created(7))
    expect(texts(room)).toEqual(['6', '3', '5', '7'])
  })

  test('[CLIENT-5] what is unknown is skipped', () => {
    const room = start(4)
    room.take({ type: 'sky.fell', roomId: 'r' })
    room.take({ ...created(5), mood: 'new field' })
    expect(texts(room)).toEqual(['5'])
    for (const retryable of [true, false]) {
      const error = ChatError.fromWire({ code: 'sky_fell' as 'internal', message: 'The sky fell.', retryable })
      expect([error.code, error.retryable]).toEqual([retryable ? 'internal' : 'invalid', retryable])
      expect(error.message).toBe('The sky fell.')
    }
  })
})

/** Follows the room on one connection after another, as they are cut. */
async function follow(service: Service, userId: string, random: Random, goesOn: () => boolean) {
  const room = new ReferenceRoom()
  for (;;) {
    const rooms = room.position.epoch || room.room ? [{ roomId: 'general', ...room.resumePoint }] : []
    const peer = await service.connect()
    attach(peer, room)
    await peer.hello(service.token(userId), { rooms })
    if (rooms.length > 0) await peer.push('room.opened')
    else await peer.open('general')
    const steps = 3 + random.int(25)
    for (let step = 0; step < steps && goesOn(); step++) {
      if (random.int(3) === 0) await loadOlder(peer, room)
      else await peer.command({ type: 'ping' })
    }
    if (!goesOn()) return { room, peer }
    peer.socket.terminate()
    await peer.closed
  }
}

/** Gives the room everything that arrives, the moment it arrives. */
function attach(peer: Peer, room: ReferenceRoom): void {
  let taken = 0
  peer.socket.on('message', () => {
    for (; taken < peer.items.length; taken++) {
      const item = peer.items[taken]
      if (item?.roomId === 'general') room.take(item)
      else if (item?.ok?.roomId === 'general') room.opened(item.ok)
    }
    if (room.needsResume) throw new Error(`a hole at ${JSON.stringify(room.position)}`)
  })
}

async function loadOlder(peer: Peer, room: ReferenceRoom): Promise<void> {
  const before = room.list()[0]?.seq
  const answer = room.askForPage()
  answer(await peer.command({ type: 'message.list', roomId: 'general', limit: 7, ...(before && { before }) }))
}

async function chat(writer: Peer, random: Random, count: number): Promise<void> {
  const mine: { id: string; textVersion: number }[] = []
  for (let i = 0; i < count; i++) {
    const target = mine[random.int(mine.length)]
    const choice = target ? random.int(10) : 0
    if (!target || choice < 5) {
      const { id, seq } = await writer.say('general', `message ${i}`)
      mine.push({ id, textVersion: seq })
    } else if (choice < 7) {
      const edit = { id: target.id, editId: crypto.randomUUID(), baseVersion: target.textVersion, text: `edit ${i}` }
      target.textVersion = (await writer.command({ type: 'message.edit', roomId: 'general', ...edit })).version
    } else if (choice < 9) {
      const emoji = ['👍', '☕', '🎉'][random.int(3)]
      const on = random.int(3) > 0
      await writer.command({ type: 'message.react', roomId: 'general', id: target.id, emoji, on })
    } else {
      await writer.command({ type: 'message.delete', roomId: 'general', id: target.id })
      mine.splice(mine.indexOf(target), 1)
      if (random.int(4) === 0) {
        await writer.command({ type: 'room.leave', roomId: 'general' })
        mine.length = 0
      }
    }
  }
}

async function readEverything(judge: Peer): Promise<Result> {
  const { head, reset } = await judge.open('general', { limit: 100 })
  const messages = [...reset.messages]
  for (let hasOlder = reset.hasOlder; hasOlder; ) {
    const page = await judge.command({ type: 'message.list', roomId: 'general', before: messages[0].seq, limit: 100 })
    messages.unshift(...page.messages)
    hasOlder = page.hasOlder
  }
  return { head, messages, members: reset.members.sort(byUserId), room: reset.room }
}

function byUserId(a: Item, b: Item): number {
  return a.userId < b.userId ? -1 : 1
}
