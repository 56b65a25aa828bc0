import type { Command } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { ChatError } from './errors.ts'
import { createRequests, REPLY_TIMEOUT_MS } from './requests.ts'
import { createFakeClock } from './testing/fake-clock.ts'

describe('requests', () => {
  test('a reply finds its question by ref, whatever the order', () => {
    const { ask, requests, sent } = setUp()
    const [one, other] = [ask({ type: 'room.list' }), ask({ type: 'room.leave', roomId: 'general' })]
    expect(sent).toEqual([
      { type: 'room.list', ref: 1 },
      { type: 'room.leave', roomId: 'general', ref: 2 },
    ])
    requests.settle({ ref: 2, ok: { head: 7 } })
    requests.settle({ ref: 1, ok: { rooms: [] } })
    expect([one, other]).toEqual([[{ rooms: [] }], [{ head: 7 }]])
  })

  test('an error reply becomes a ChatError, and a second reply is nobody’s', () => {
    const { ask, requests } = setUp()
    const answers = ask({ type: 'room.list' })
    const error = { code: 'rate_limited', message: 'slow', retryable: true, retryAfterMs: 5 } as const
    requests.settle({ ref: 1, error })
    requests.settle({ ref: 1, ok: { rooms: [] } })
    expect(answers).toEqual([expect.objectContaining({ code: 'rate_limited', retryAfterMs: 5 })])
  })

  test('a code of a newer service keeps its meaning for retries', () => {
    const wire = { code: 'from_the_future', message: 'x' } as never
    expect(ChatError.fromWire({ ...(wire as object), retryable: true } as never).retryable).toBe(true)
    expect(ChatError.fromWire({ ...(wire as object), retryable: false } as never).retryable).toBe(false)
  })

  test('no reply in time is an unknown outcome', async () => {
    const { ask, clock } = setUp()
    const answers = ask({ type: 'room.list' })
    await clock.advance(REPLY_TIMEOUT_MS - 1)
    expect(answers).toEqual([])
    await clock.advance(1)
    expect(answers).toEqual([expect.objectContaining({ code: 'timeout', retryable: true })])
  })

  test('a break fails everything once, and leaves no timer', () => {
    const { ask, requests, clock } = setUp()
    const answers = [ask({ type: 'room.list' }), ask({ type: 'ping' })]
    requests.fail(new ChatError('connection_lost'))
    requests.fail(new ChatError('connection_lost'))
    expect(answers.map((list) => list.length)).toEqual([1, 1])
    expect(clock.waiting).toBe(0)
  })
})

function setUp() {
  const clock = createFakeClock()
  const sent: unknown[] = []
  const requests = createRequests(clock, (text) => void sent.push(JSON.parse(text)))
  const ask = (command: Command): unknown[] => {
    const answers: unknown[] = []
    requests.ask(command, { ok: (result) => void answers.push(result), error: (error) => void answers.push(error) })
    return answers
  }
  return { requests, clock, sent, ask }
}
