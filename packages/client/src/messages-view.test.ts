import type { MessageRow } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import type { Change } from './changes.ts'
import { ChatError } from './errors.ts'
import { createMessagesView, type MessageSources } from './messages-view.ts'
import type { Entry } from './outbox-entry.ts'
import { ADA, BOB, messageRow } from './testing/rows.ts'

describe('messages view', () => {
  test('unchanged messages keep their identity, and so does the list', () => {
    const view = createMessagesView()
    const rows = [messageRow(1), messageRow(2)]
    const before = view.read(sources({ rows }))
    expect(view.read(sources({ rows: [...rows] }))).toBe(before)
    const after = view.read(sources({ rows: [rows[0] as MessageRow, messageRow(2, 3)] }))
    expect(after[0]).toBe(before[0])
    expect(after[1]).not.toBe(before[1])
  })

  test('one change among ten thousand rows makes one message, wherever it is and whatever comes before it', () => {
    const view = createMessagesView()
    const rows = Array.from({ length: 10_000 }, (_, at) => messageRow(at + 100))
    const before = new Set(view.read(sources({ rows })))
    const edited = rows.with(5_000, messageRow(5_100, 20_000))
    const countNew = (now: readonly MessageRow[]): number =>
      view.read(sources({ rows: now })).filter((message) => !before.has(message)).length
    expect(countNew(edited)).toBe(1)
    // An older page above moves all of them.
    expect(countNew([messageRow(98), messageRow(99), ...edited, messageRow(20_001)])).toBe(1 + 3)
  })

  test('rows come first, then the outbox; a row stands for the entry with its id', () => {
    const entries = [entry('m2', 'stored', { seq: 2 }), entry('x', 'waiting'), entry('y', 'cancelling')]
    const messages = createMessagesView().read(sources({ rows: [messageRow(1), messageRow(2)], entries }))
    expect(messages.map(({ id, status }) => [id, status])).toEqual([
      ['m1', 'sent'],
      ['m2', 'sent'],
      ['x', 'pending'],
    ])
  })

  test('a failed message says why, and a stored one where it is', () => {
    const error = new ChatError('forbidden')
    const entries = [entry('x', 'failed', { error }), entry('y', 'stored', { seq: 9 })]
    const messages = createMessagesView().read(sources({ entries }))
    expect(messages).toMatchObject([
      { status: 'failed', error: { code: 'forbidden' }, user: ADA },
      { status: 'sent', seq: 9 },
    ])
  })

  test('a tombstone is deleted, and no change shows over it', () => {
    const row = messageRow(1, 2, { deletedAt: 5, deletedBy: 'bob', text: '' })
    const changesOver = over({ kind: 'edit', at: 1, text: 'x' })
    const [message] = createMessagesView().read(sources({ rows: [row], changesOver }))
    expect(message).toMatchObject({ status: 'deleted', text: '', deletedBy: 'bob', isChanging: false })
  })

  test('changes show over the row in their order', () => {
    const row = messageRow(1, 1, { data: { a: 1 } })
    const changesOver = over({ kind: 'edit', at: 7, text: 'one' }, { kind: 'edit', at: 8, data: null })
    const [message] = createMessagesView().read(sources({ rows: [row], changesOver }))
    expect(message).toMatchObject({ text: 'one', editedAt: 8, status: 'sent', isChanging: true })
    expect(message).not.toHaveProperty('data')
  })

  test('a deletion shows as a tombstone at once', () => {
    const row = messageRow(1, 1, { data: { a: 1 }, reactions: [{ emoji: '👍', userIds: ['bob'] }] })
    const [message] = createMessagesView().read(sources({ rows: [row], changesOver: over({ kind: 'delete', at: 7 }) }))
    expect(message).toMatchObject({ status: 'deleted', text: '', deletedBy: 'ada', reactions: [], isChanging: true })
    expect(message).not.toHaveProperty('data')
  })

  test.each<[string, [string, string[]][], string, boolean, [string, string[], boolean][]]>([
    ['the first reaction adds its emoji', [], '👍', true, [['👍', ['ada'], true]]],
    ['another one joins', [['👍', ['bob']]], '👍', true, [['👍', ['bob', 'ada'], true]]],
    ['the last one takes the emoji away', [['👍', ['ada']]], '👍', false, []],
    ['taking one back leaves the others', [['👍', ['ada', 'bob']]], '👍', false, [['👍', ['bob'], false]]],
    ['what is set already stays', [['👍', ['ada']]], '👍', true, [['👍', ['ada'], true]]],
  ])('%s', (_title, before, emoji, on, after) => {
    const row = messageRow(1, 1, { reactions: before.map(([emoji, userIds]) => ({ emoji, userIds })) })
    const [message] = createMessagesView().read(
      sources({ rows: [row], changesOver: over({ kind: 'react', emoji, on }) }),
    )
    expect(message?.reactions.map(({ emoji, userIds, mine }) => [emoji, userIds, mine])).toEqual(after)
  })

  test('what is mine depends on who reads', () => {
    const view = createMessagesView()
    const rows = [messageRow(1, 1, { reactions: [{ emoji: '👍', userIds: ['ada'] }] })]
    expect(view.read(sources({ rows }))[0]?.reactions[0]?.mine).toBe(true)
    expect(view.read(sources({ rows, viewer: BOB }))[0]?.reactions[0]?.mine).toBe(false)
    expect(view.read(sources({ rows, viewer: null }))[0]?.reactions[0]?.mine).toBe(false)
  })
})

function sources(more: Partial<MessageSources>): MessageSources {
  return { roomId: 'general', rows: [], entries: [], changesOver: () => NONE, viewer: ADA, ...more }
}

function over(...changes: Change[]): () => readonly Change[] {
  return () => changes
}

function entry(id: string, phase: Entry['phase'], more: Partial<Entry> = {}): Entry {
  return { id, text: id, createdAt: 1, phase, attempt: 1, isInDoubt: false, isBurned: false, ...more }
}

const NONE: readonly Change[] = []
