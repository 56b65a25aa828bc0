import { describe, expect, test } from 'vitest'
import { ChatError } from './errors.ts'
import { createPatience, type Link } from './patience.ts'
import { createFakeClock } from './testing/fake-clock.ts'

describe('patience', () => {
  test('a command waits for the connection', () => {
    const { patience, state, asked, ask, reply } = setUp({ isUp: false })
    const answers = ask()
    expect(asked).toHaveLength(0)
    state.isUp = true
    patience.up()
    reply({ rooms: [] })
    expect([asked.length, answers]).toEqual([1, [{ rooms: [] }]])
  })

  test('what passes is asked again: after the service’s own wait, or with backoff', async () => {
    const { asked, ask, reply, clock } = setUp()
    const answers = ask()
    reply(new ChatError('rate_limited', { retryAfterMs: 700 }))
    await clock.advance(699)
    expect(asked).toHaveLength(1)
    await clock.advance(1)
    reply(new ChatError('unavailable'))
    await clock.advance(250)
    reply({ rooms: [] })
    expect([asked.length, answers]).toEqual([3, [{ rooms: [] }]])
  })

  test('a refusal ends it at once', () => {
    const { ask, reply, clock } = setUp()
    const answers = ask()
    reply(new ChatError('forbidden'))
    expect([answers.length, clock.waiting]).toEqual([1, 0])
  })

  test('a break asks again with the next connection, and builds the command anew', () => {
    const { patience, state, asked, ask, reply, clock } = setUp()
    ask()
    state.isUp = false
    reply(new ChatError('connection_lost'))
    expect(clock.waiting).toBe(0)
    state.isUp = true
    patience.up()
    patience.up()
    expect(asked).toEqual([1, 2])
  })

  test('with a deadline it gives up with the last error, and an answer that comes later is nobody’s', async () => {
    const { ask, reply, clock } = setUp()
    const answers = ask(1_000)
    await clock.advance(999)
    expect(answers).toEqual([])
    await clock.advance(1)
    reply({ rooms: [] })
    expect(answers).toEqual([expect.objectContaining({ code: 'offline' })])
    const others = ask(400)
    reply(new ChatError('unavailable'))
    await clock.advance(400)
    expect(others).toEqual([expect.objectContaining({ code: 'unavailable' })])
  })

  test('while denied nothing waits', () => {
    const { state, ask, asked } = setUp({ isUp: false })
    state.denial = new ChatError('signed_out')
    expect([ask(), asked]).toEqual([[state.denial], []])
  })

  test('failing everything leaves nothing', async () => {
    const { patience, ask, clock } = setUp({ isUp: false })
    const answers = [ask(1_000), ask()]
    patience.fail(new ChatError('client_closed'))
    patience.up()
    expect([answers.flat().length, clock.waiting]).toEqual([2, 0])
  })
})

function setUp(state: { isUp: boolean; denial?: ChatError } = { isUp: true }) {
  const clock = createFakeClock()
  const asked: number[] = []
  const replies: ((result: unknown) => void)[] = []
  const link: Link = {
    isUp: () => state.isUp,
    denial: () => state.denial ?? null,
    ask(_command, answer) {
      replies.push((result) => (result instanceof ChatError ? answer.error(result) : answer.ok(result as never)))
    },
  }
  const patience = createPatience({ link, clock, random: () => 0.5 })
  return {
    patience,
    state,
    clock,
    asked,
    reply: (result: unknown) => replies.pop()?.(result),
    ask(deadlineMs?: number): unknown[] {
      const answers: unknown[] = []
      const make = () => {
        asked.push(asked.length + 1)
        return { type: 'room.list' } as const
      }
      const note = (answer: unknown): void => void answers.push(answer)
      patience.ask(make, { ok: note, error: note }, deadlineMs)
      return answers
    },
  }
}
