import type { Command } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { createChanges } from './changes.ts'
import { ChatError } from './errors.ts'
import type { Patience } from './patience.ts'
import { createFakeClock } from './testing/fake-clock.ts'

describe('changes', () => {
  test('a change is shown until the rows have come to its version', async () => {
    const { changes, reply } = setUp()
    const edited = changes.edit('m1', 3, { text: 'new' })
    expect(changes.over('m1')).toEqual([{ kind: 'edit', at: 1_000_000, text: 'new' }])
    reply({ id: 'm1', version: 9 })
    await edited
    changes.reached(8)
    expect(changes.over('m1')).toHaveLength(1)
    changes.reached(9)
    expect(changes.over('m1')).toEqual([])
  })

  test('a change that a restored backup took back is shown no more; one that is under way goes on', async () => {
    const { changes, reply } = setUp()
    const edited = changes.edit('m1', 3, { text: 'taken back' })
    reply({ id: 'm1', version: 9 })
    await edited
    void changes.remove('m2')
    changes.forgetStored()
    expect([changes.over('m1'), changes.over('m2')]).toEqual([[], [{ kind: 'delete', at: 1_000_000 }]])
  })

  test('a refused change is taken back and rejects', async () => {
    const { changes, reply, failures } = setUp()
    const removed = changes.remove('m1')
    reply(new ChatError('forbidden'))
    await expect(removed).rejects.toMatchObject({ code: 'forbidden' })
    expect([changes.over('m1'), failures]).toEqual([[], ['forbidden']])
  })

  test('changes of one message go out one after the other, of several at once', () => {
    const { changes, asked, reply } = setUp()
    void changes.react('m1', '👍', true)
    void changes.react('m1', '👍', false)
    void changes.remove('m2')
    expect(asked.map(({ type }) => type)).toEqual(['message.react', 'message.delete'])
    reply({ id: 'm1', version: 5 })
    expect(asked[2]).toEqual({ type: 'message.react', roomId: 'general', id: 'm1', emoji: '👍', on: false })
  })

  test('an edit names itself and its base, and both stay the same when it is asked again', () => {
    const { changes, asked, again } = setUp()
    void changes.edit('m1', 3, { data: null })
    again()
    expect(asked[0]).toEqual({
      ...{ type: 'message.edit', roomId: 'general', id: 'm1' },
      ...{ data: null, editId: 'id-1', baseVersion: 3 },
    })
    expect(asked[1]).toEqual(asked[0])
  })

  test('an edit over an edit that is under way is made on the version that one becomes', () => {
    const { changes, asked, reply } = setUp()
    void changes.edit('m1', 3, { text: 'one' })
    void changes.edit('m1', 3, { text: 'two' })
    reply({ id: 'm1', version: 9 })
    expect(asked[1]).toMatchObject({ text: 'two', baseVersion: 9, editId: 'id-2' })
    expect(changes.over('m1')).toHaveLength(2)
  })

  test('a change of a room that nobody follows ends with its answer', () => {
    const { changes, reply } = setUp({ reached: undefined })
    void changes.remove('m1')
    reply({ id: 'm1', version: 9 })
    expect(changes.over('m1')).toEqual([])
  })

  test('the list over a message is the same until it changes', () => {
    const { changes } = setUp()
    void changes.react('m1', '👍', true)
    expect(changes.over('m1')).toBe(changes.over('m1'))
    expect(changes.over('m2')).toBe(changes.over('m3'))
  })
})

function setUp({ reached }: { reached: number | undefined } = { reached: 3 }) {
  const asked: Command[] = []
  const tasks: { make: () => Command; settle: (result: unknown) => void }[] = []
  const failures: string[] = []
  const patience: Patience = {
    ask(make, answer) {
      asked.push(make())
      const settle = (result: unknown): void =>
        result instanceof ChatError ? answer.error(result) : answer.ok(result as never)
      tasks.push({ make, settle })
    },
    up: () => {},
    fail: () => {},
  }
  let ids = 0
  const changes = createChanges({
    roomId: 'general',
    patience,
    clock: createFakeClock(),
    newId: () => {
      ids += 1
      return `id-${ids}`
    },
    position: () => ({ reached }),
    onChange: () => {},
    onStored: () => {},
    onFailed: (error) => void failures.push(error.code),
  })
  return {
    changes,
    asked,
    failures,
    reply: (result: unknown) => tasks.shift()?.settle(result),
    again: () => void asked.push(...tasks.slice(0, 1).map(({ make }) => make())),
  }
}
