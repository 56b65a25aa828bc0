import { expect, test } from 'vitest'
import { onEveryStore, startService } from './harness.ts'
import type { Peer, Result } from './peer.ts'

onEveryStore((store) => {
  test('[HIST-1] a page is oldest first, tombstones included; without an edge it is the newest', async () => {
    const { ann, sent } = await startWithMessages(store, 7)
    await ann.command({ type: 'message.delete', roomId: 'general', id: sent[5]?.id })
    const page = await list(ann, { limit: 3 })
    expect(page).toMatchObject({ hasOlder: true, hasNewer: false })
    expect(page.messages.map((message: Result) => [message.seq, message.ordinal, message.text])).toEqual([
      [7, 5, '5'],
      [8, 6, ''],
      [9, 7, '7'],
    ])
    expect((await list(ann)).messages).toHaveLength(7)
    expect(await list(ann, {})).toMatchObject({ hasOlder: false, hasNewer: false })
  })

  test.each([
    { before: 5, after: 3 },
    { before: 5, around: '019e2a7c-6f00-7000-8000-000000000001' },
    { after: 5, around: '019e2a7c-6f00-7000-8000-000000000001' },
  ])('[HIST-1] %j is invalid', async (edges) => {
    const { ann } = await startWithMessages(store, 1)
    expect((await ann.refused({ type: 'message.list', roomId: 'general', ...edges })).code).toBe('invalid')
  })

  test('[HIST-2] paging meets every message once, both ways', async () => {
    const { ann, sent } = await startWithMessages(store, 23)
    const all = sent.map((message) => message.seq)
    const older: number[] = []
    for (let page = await list(ann, { limit: 5 }); ; page = await list(ann, { limit: 5, before: older[0] })) {
      older.unshift(...seqsOf(page))
      if (!page.hasOlder) break
    }
    expect(older).toEqual(all)
    const newer: number[] = []
    for (
      let page = await list(ann, { limit: 4, after: 0 });
      ;
      page = await list(ann, { limit: 4, after: newer.at(-1) })
    ) {
      newer.push(...seqsOf(page))
      if (!page.hasNewer) break
    }
    expect(newer).toEqual(all)
  })

  test('[HIST-2] the edges of the list say so', async () => {
    const { ann } = await startWithMessages(store, 5)
    expect(await list(ann, { before: 3 })).toMatchObject({ messages: [], hasOlder: false, hasNewer: true })
    expect(await list(ann, { after: 7 })).toMatchObject({ messages: [], hasOlder: true, hasNewer: false })
    expect(await list(ann, { before: 1_000_000, limit: 5 })).toMatchObject({ hasOlder: false, hasNewer: false })
    expect(seqsOf(await list(ann, { before: 6, limit: 2 }))).toEqual([4, 5])
    expect(seqsOf(await list(ann, { after: 4, limit: 2 }))).toEqual([5, 6])
  })

  test('[HIST-3] around has the message in the middle, and goes on both ways', async () => {
    const { ann, sent } = await startWithMessages(store, 21)
    const middle = sent[10]
    const page = await list(ann, { around: middle?.id, limit: 5 })
    expect(page).toMatchObject({ hasOlder: true, hasNewer: true })
    expect(seqsOf(page)).toEqual(sent.slice(8, 13).map((message) => message.seq))
    expect(seqsOf(await list(ann, { around: sent[0]?.id, limit: 5 }))).toContain(sent[0]?.seq)
    expect(seqsOf(await list(ann, { around: sent[20]?.id, limit: 1 }))).toEqual([sent[20]?.seq])
  })

  test('[HIST-4] limit is 1 to 100, and 50 if left out', async () => {
    const { ann } = await startWithMessages(store, 120)
    expect((await list(ann)).messages).toHaveLength(50)
    expect((await list(ann, { limit: 100 })).messages).toHaveLength(100)
    expect((await list(ann, { limit: 1 })).messages).toHaveLength(1)
    for (const limit of [0, -1, 101, 1.5, '10', null]) {
      expect(await ann.refused({ type: 'message.list', roomId: 'general', limit })).toMatchObject({
        code: 'invalid',
        field: 'limit',
      })
    }
  })

  test('[HIST-5] an answer with rows names its epoch and head, and holds the rows as they are there', async () => {
    const { ann, sent } = await startWithMessages(store, 10)
    const { epoch } = await ann.open('general')
    for (let i = 0; i < 20; i++) {
      const emoji = i < 10 ? '👍' : '☕'
      const reacting = ann.command({ type: 'message.react', roomId: 'general', id: sent[i % 10]?.id, emoji, on: true })
      const [{ version }, page, members] = await Promise.all([
        reacting,
        list(ann),
        ann.command({ type: 'member.list', roomId: 'general' }),
      ])
      for (const answer of [page, members]) expect(answer).toMatchObject({ epoch, head: expect.any(Number) })
      const newest = Math.max(...page.messages.map((message: Result) => message.version))
      expect(page.head).toBe(newest)
      expect([version, version - 1]).toContain(page.head)
    }
  })
})

async function startWithMessages(store: 'memory' | 'sqlite', count: number) {
  const service = await startService({ store })
  const ann = await service.signIn('ann')
  const sent: { id: string; seq: number }[] = []
  for (let i = 1; i <= count; i++) sent.push(await ann.say('general', String(i)))
  return { service, ann, sent }
}

function list(peer: Peer, page: Record<string, unknown> = {}): Promise<Result> {
  return peer.command({ type: 'message.list', roomId: 'general', ...page })
}

function seqsOf(page: Result): number[] {
  return page.messages.map((message: Result) => message.seq)
}
