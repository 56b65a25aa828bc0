import { describe, expect, test } from 'vitest'
import { onEveryStore, startService } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import type { Item, Peer } from './peer.ts'

onEveryStore((store) => {
  test('[LIVE-1] the changes of a room are 1, 2, 3, …, the same for everybody', async () => {
    const service = await startService({ store })
    const readers = await Promise.all(Array.from({ length: 6 }, (_, i) => service.signIn(`reader-${i}`)))
    await Promise.all(readers.map((reader) => reader.open('general')))
    const writers = await Promise.all(Array.from({ length: 5 }, (_, i) => service.signIn(`writer-${i}`)))
    await Promise.all(writers.map((writer) => writeALot(writer, 20)))
    const { head } = await (readers[0] as Peer).open('general')
    for (const reader of readers) {
      await reader.until(() => reader.stream().at(-1)?.seq === head, `seq ${head}`)
      expect(reader.stream().map((item) => item.seq)).toEqual(Array.from({ length: head }, (_, i) => i + 1))
      expect(reader.stream()).toEqual(readers[0]?.stream())
    }
  })

  test('[LIVE-2] a room that is opened in the middle of it all has no hole between its rows and its events', async () => {
    const service = await startService({ store })
    const writers = await Promise.all(Array.from({ length: 3 }, (_, i) => service.signIn(`writer-${i}`)))
    const writing = Promise.all(writers.map((writer) => writeALot(writer, 40)))
    const readers: { reader: Peer; head: number }[] = []
    for (let i = 0; i < 15; i++) {
      const reader = await service.signIn(`reader-${i}`)
      readers.push({ reader, head: (await reader.open('general')).head })
    }
    await writing
    const { head } = await (writers[0] as Peer).open('general')
    for (const { reader, head: from } of readers) {
      await reader.until(() => head === from || positionOf(reader) === head, `seq ${head}`)
      let at = from
      for (const item of reader.stream()) {
        const [start, end] = item.type === 'room.range' ? [item.from, item.to] : [item.seq - 1, item.seq]
        expect(start).toBe(at)
        at = end
      }
      expect(at).toBe(head)
    }
  })

  test('[LIVE-3] an event has the whole row, as it is at its seq', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.open('general')
    const { id, seq } = await ann.say('general', 'one', { data: { a: 1 } })
    await ann.command({ type: 'message.react', roomId: 'general', id, emoji: '👍', on: true })
    const edit = { type: 'message.edit', roomId: 'general', id, editId: crypto.randomUUID(), baseVersion: seq }
    await ann.command({ ...edit, text: 'two' })
    await ann.command({ type: 'room.leave', roomId: 'general' })
    await ann.settle()
    for (const item of ann.stream()) {
      const [stage] = item.type.split('.')
      expect(item[stage].version).toBe(item.seq)
      if (stage === 'member') expect(item.room.version).toBe(item.seq)
    }
    expect(ann.stream().find((item) => item.type === 'message.edited')?.message).toMatchObject({
      id,
      seq,
      text: 'two',
      data: { a: 1 },
      reactions: [{ emoji: '👍', userIds: ['ann'] }],
      createdAt: expect.any(Number),
    })
  })

  test('[LIVE-4] whoever has the room open gets its events, and nobody else', async () => {
    const service = await startService({ store })
    const [ann, bo, cy] = [await service.signIn('ann'), await service.signIn('bo'), await service.signIn('cy')]
    await ann.open('general')
    await bo.open('general')
    await cy.open('lobby-1')
    await cy.command({ type: 'room.join', roomId: 'general' })
    await ann.say('general', 'hi')
    for (const peer of [ann, bo, cy]) await peer.settle()
    expect(bo.stream()).toEqual(ann.stream())
    expect(ann.stream()).toHaveLength(4)
    expect(cy.stream()).toEqual([])
  })

  test('[LIVE-5] an event names the epoch that begins with it, and no other does', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.open('general')
    await ann.say('general', 'one')
    await ann.say('general', 'two')
    const { epoch } = await ann.open('general')
    await ann.settle()
    const epochs = ann.stream().map((item) => item.epoch)
    expect(epochs).toEqual([epoch, undefined, undefined, undefined])
    if (store === 'memory') return
    await service.restart()
    const again = await service.signIn('ann')
    expect((await again.open('general')).epoch).toBe(epoch)
    await again.say('general', 'three')
    await again.say('general', 'four')
    const next = (await again.open('general')).epoch
    expect(next).not.toBe(epoch)
    await again.settle()
    expect(again.stream().map((item) => item.epoch)).toEqual([next, undefined])
  })
})

describe('a slow reader', () => {
  test('[LIVE-6] is closed with 4430 and catches up; others get everything meanwhile', {
    timeout: 30_000,
  }, async () => {
    const service = await startService({ config: { maxQueuedBytes: 65_536, stallMs: 300_000 } })
    const [slow, quick, writer] = [
      await service.signIn('slow'),
      await service.signIn('quick'),
      await service.signIn('ann'),
    ]
    const { epoch } = await slow.open('general')
    await quick.open('general')
    slow.socket.pause()
    const text = 'x'.repeat(4_000)
    const data = { padding: 'y'.repeat(8_000) }
    const isClosed = async () => {
      const { body } = await service.call('GET', '/metrics')
      return body.includes('parlor_closes_total{reason="slow"} 1')
    }
    while (!(await isClosed())) {
      await Promise.all(Array.from({ length: 50 }, () => writer.say('general', text, { data })))
    }
    slow.socket.resume()
    expect(await slow.closed).toMatchObject({ code: 4430 })

    const { head } = await quick.open('general')
    await quick.until(() => positionOf(quick) === head, 'everything')
    const at = positionOf(slow) ?? 0
    const again = await service.signIn('slow', {
      rooms: [{ roomId: 'general', epoch: epoch || epochOf(slow), seq: at }],
    })
    expect(await again.push('room.opened')).toMatchObject({ head })
  })
})

test('[LIVE-6] who takes nothing of what waits for 10 s is closed, however little that is', {
  timeout: 30_000,
}, async () => {
  const clock = new ManualClock()
  const service = await startService({ clock, config: { maxQueuedBytes: 67_108_864, heartbeatMs: 300_000 } })
  const [slow, writer] = [await service.signIn('slow'), await service.signIn('ann')]
  await slow.open('general')
  slow.socket.pause()
  // More than the kernel takes for a reader that doesn't read, and less than may wait.
  const [text, data] = ['x'.repeat(4_000), { padding: 'y'.repeat(8_000) }]
  for (let i = 0; i < 40; i++) {
    await Promise.all(Array.from({ length: 50 }, () => writer.say('general', text, { data })))
  }
  await clock.advance(9_000)
  await writer.command({ type: 'ping' })
  expect((await service.call('GET', '/metrics')).body).toContain('parlor_connections 2')
  await clock.advance(3_000)
  expect((await service.call('GET', '/metrics')).body).toContain('parlor_closes_total{reason="slow"} 1')
  slow.socket.resume()
  expect(await slow.closed).toMatchObject({ code: 4430 })
})

async function writeALot(writer: Peer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { id } = await writer.say('general', `${i}`)
    if (i % 3 === 0) await writer.command({ type: 'message.react', roomId: 'general', id, emoji: '👍', on: true })
    if (i % 5 === 0) await writer.command({ type: 'message.delete', roomId: 'general', id })
  }
}

function positionOf(peer: Peer): number | undefined {
  const item: Item | undefined = peer.stream().at(-1)
  return item?.to ?? item?.seq
}

function epochOf(peer: Peer): string {
  return peer.stream().find((item) => item.epoch)?.epoch
}
