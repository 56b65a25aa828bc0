import type { Command, MessageSendCommand, Welcome } from '@parlor/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChatError } from './errors.ts'
import { NO_SHELF } from './offline/shelf.ts'
import { createOutbox } from './outbox.ts'
import type { Link } from './patience.ts'
import { createFakeClock, settle } from './testing/fake-clock.ts'
import { messageRow } from './testing/rows.ts'

describe('outbox', () => {
  test('one message is in flight, and the next goes out when its outcome is known', () => {
    const { outbox, asked, reply } = setUp()
    void outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    expect(asked).toEqual([{ type: 'message.send', roomId: 'general', id: 'id-1', text: 'one' }])
    reply({ id: 'id-1', seq: 7 })
    expect(asked[1]).toMatchObject({ id: 'id-2', text: 'two' })
  })

  test('it resolves with the ack, and shows the message until its row must be there', async () => {
    const { outbox, reply } = setUp({ reached: 5 })
    const sent = outbox.send({ text: 'one', data: { a: 1 } })
    reply({ id: 'id-1', seq: 7 })
    expect(await sent).toEqual({ id: 'id-1', seq: 7 })
    outbox.reached(6)
    expect(outbox.entries()).toMatchObject([{ id: 'id-1', phase: 'stored', seq: 7, data: { a: 1 } }])
    outbox.reached(7)
    expect(outbox.entries()).toEqual([])
  })

  test('an ack for what the rows already show removes it at once', () => {
    for (const reached of [7, undefined]) {
      const { outbox, reply } = setUp({ reached })
      void outbox.send({ text: 'one' })
      reply({ id: 'id-1', seq: 7 })
      expect(outbox.entries()).toEqual([])
    }
  })

  test('a row with its id resolves it, whatever becomes of the question', async () => {
    const { outbox, reply, asked } = setUp({ reached: 7 })
    const sent = outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    outbox.saw([messageRow(3), messageRow(7, 7, { id: 'id-1' })])
    expect(await sent).toEqual({ id: 'id-1', seq: 7 })
    reply(new ChatError('timeout'))
    expect(asked.map(idOf)).toEqual(['id-1', 'id-2'])
  })

  test.each(['timeout', 'unavailable', 'internal', 'connection_lost', 'out_of_order'] as const)(
    '%s is an unknown outcome: the same id again, before everything behind it',
    async (code) => {
      const { outbox, reply, asked, clock } = setUp()
      const sent = outbox.send({ text: 'one' })
      void outbox.send({ text: 'two' })
      reply(new ChatError(code))
      expect(outbox.entries()[0]).toMatchObject({ phase: 'waiting', isInDoubt: true })
      await clock.advance(250)
      expect(asked).toMatchObject([{ id: 'id-1' }, { id: 'id-1', attempt: 2 }])
      reply({ id: 'id-1', seq: 7 })
      expect(await sent).toEqual({ id: 'id-1', seq: 7 })
    },
  )

  test('rate_limited waits as long as the service says, and is no attempt', async () => {
    const { outbox, reply, asked, clock } = setUp()
    void outbox.send({ text: 'one' })
    reply(new ChatError('rate_limited', { retryAfterMs: 3_000 }))
    await clock.advance(2_999)
    expect(asked).toHaveLength(1)
    await clock.advance(1)
    expect(asked[1]).toEqual(asked[0])
  })

  test('a refusal fails the message, rejects its promise and lets the next ones go', async () => {
    const { outbox, reply, asked, failures } = setUp()
    const sent = outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    reply(new ChatError('forbidden'))
    await expect(sent).rejects.toMatchObject({ code: 'forbidden' })
    expect(outbox.entries()).toMatchObject([{ id: 'id-1', phase: 'failed' }, { id: 'id-2' }])
    expect(asked[1]).toMatchObject({ id: 'id-2' })
    expect(failures).toEqual(['forbidden'])
  })

  test('a failed message is sent again under its id, after everything that waits', () => {
    const { outbox, reply, asked } = setUp()
    void outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    reply(new ChatError('forbidden'))
    void outbox.retry('id-1')
    expect(outbox.entries().map(({ id }) => id)).toEqual(['id-2', 'id-1'])
    reply({ id: 'id-2', seq: 8 })
    expect(asked[2]).toMatchObject({ id: 'id-1', text: 'one', attempt: 2 })
  })

  test('a refusal of a repeated attempt burns the id, so a retry takes a new one', async () => {
    const { outbox, reply, asked, clock } = setUp()
    void outbox.send({ text: 'one' })
    reply(new ChatError('timeout'))
    await clock.advance(250)
    reply(new ChatError('forbidden'))
    void outbox.retry('id-1')
    expect(asked[2]).toEqual({ type: 'message.send', roomId: 'general', id: 'id-2', text: 'one' })
  })

  test.each(['cancelled', 'gone', 'id_conflict'] as const)('%s burns the id at once', (code) => {
    const { outbox, reply, asked } = setUp()
    void outbox.send({ text: 'one' })
    reply(new ChatError(code))
    void outbox.retry('id-1')
    expect(asked[1]).toMatchObject({ id: 'id-2' })
  })

  test('what was never sent is discarded here', async () => {
    const { outbox, asked, link } = setUp()
    link.isDown = true
    const sent = outbox.send({ text: 'one' })
    expect(await outbox.discard('id-1')).toBe(true)
    await expect(sent).rejects.toMatchObject({ code: 'discarded' })
    expect([outbox.entries(), asked]).toEqual([[], []])
  })

  test('what may have been sent is taken back at the service before anything else goes out', async () => {
    const { outbox, reply, asked } = setUp()
    const sent = outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    const discarded = outbox.discard('id-1')
    expect(outbox.entries()[0]).toMatchObject({ phase: 'cancelling' })
    reply(new ChatError('timeout'), { drop: true })
    outbox.up()
    expect(asked[1]).toEqual({ type: 'message.cancel', roomId: 'general', id: 'id-1' })
    reply({ id: 'id-1' })
    expect(await discarded).toBe(true)
    await expect(sent).rejects.toMatchObject({ code: 'discarded' })
    expect(asked[2]).toMatchObject({ id: 'id-2' })
  })

  test('a discard that comes too late says so, and the message is shown as sent', async () => {
    const { outbox, reply, clock } = setUp({ reached: 5 })
    const sent = outbox.send({ text: 'one' })
    reply(new ChatError('timeout'))
    const discarded = outbox.discard('id-1')
    await clock.advance(250)
    reply({ id: 'id-1', seq: 7 })
    expect(await discarded).toBe(false)
    expect(await sent).toEqual({ id: 'id-1', seq: 7 })
    expect(outbox.entries()).toMatchObject([{ phase: 'stored' }])
  })

  test('an ack that overtakes the discard wins', async () => {
    const { outbox, reply } = setUp({ reached: 5 })
    void outbox.send({ text: 'one' })
    const discarded = outbox.discard('id-1')
    reply({ id: 'id-1', seq: 7 })
    expect(await discarded).toBe(false)
  })

  test('a failed message is discarded without asking: its outcome is known', async () => {
    const { outbox, reply, asked } = setUp()
    void outbox.send({ text: 'one' })
    reply(new ChatError('forbidden'))
    expect(await outbox.discard('id-1')).toBe(true)
    expect([outbox.entries().length, asked.length]).toEqual([0, 1])
  })

  test('a message too large for the service fails here, and its text stays', () => {
    const { outbox, asked } = setUp()
    void outbox.send({ text: 'x'.repeat(4_001) })
    void outbox.send({ text: 'ok', data: { blob: 'y'.repeat(9_000) } })
    void outbox.send({ text: 'ok' })
    expect(outbox.entries()).toMatchObject([
      { phase: 'failed', error: { code: 'message_too_long' }, text: 'x'.repeat(4_001) },
      { phase: 'failed', error: { code: 'invalid', field: 'data' } },
      { phase: 'waiting' },
    ])
    expect(asked).toHaveLength(1)
  })

  test('what was never sent can still be changed', () => {
    const { outbox, link, asked, reply } = setUp()
    link.isDown = true
    void outbox.send({ text: 'one', data: { a: 1 } })
    expect(outbox.amend('id-1', { text: 'two', data: null })).toBe(true)
    link.isDown = false
    outbox.up()
    expect(asked[0]).toEqual({ type: 'message.send', roomId: 'general', id: 'id-1', text: 'two' })
    expect(outbox.amend('id-1', { text: 'three' })).toBe(false)
    reply({ id: 'id-1', seq: 1 })
    expect(outbox.amend('id-1', { text: 'three' })).toBe(false)
  })

  test('what a vanished history had stored is shown no longer', () => {
    const { outbox, reply } = setUp({ reached: 5 })
    void outbox.send({ text: 'one' })
    void outbox.send({ text: 'two' })
    reply({ id: 'id-1', seq: 7 })
    outbox.forgetStored()
    expect(outbox.entries()).toMatchObject([{ id: 'id-2', phase: 'waiting' }])
  })

  test('clearing rejects everything and leaves nothing', async () => {
    const { outbox, reply, clock } = setUp()
    const sent = [outbox.send({ text: 'one' }), outbox.send({ text: 'two' })]
    reply(new ChatError('timeout'))
    outbox.clear(new ChatError('client_closed'))
    for (const promise of sent) await expect(promise).rejects.toMatchObject({ code: 'client_closed' })
    expect([outbox.entries().length, clock.waiting]).toEqual([0, 0])
  })

  test('through any faults, what is stored is stored once and in order, and every promise says what happened', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 99 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        async (faults, count) => {
          const service = new Service(faults)
          const { outbox, clock, link } = setUp({ reached: undefined, service: (command) => service.answer(command) })
          const outcomes = new Map<string, string>()
          for (let at = 1; at <= count; at++) {
            const id = `id-${at}`
            outbox.send({ text: `${at}` }).then(
              () => outcomes.set(id, 'stored'),
              (error: ChatError) => outcomes.set(id, error.code),
            )
            if (service.next() > 80) void outbox.discard(id).catch(() => {})
            if (service.next() > 80) {
              link.isDown = true
              outbox.down()
            }
            await clock.advance(service.next() * 10)
            link.isDown = false
            outbox.up()
          }
          // Faults end with the list, so everything is settled in the end.
          await clock.advance(600_000)
          await settle()
          expect(outcomes.size).toBe(count)
          expect(new Set(service.stored).size).toBe(service.stored.length)
          expect(service.stored).toEqual([...service.stored].sort(byNumber))
          for (const [id, outcome] of outcomes) expect(service.stored.includes(id)).toBe(outcome === 'stored')
          expect(outbox.entries().filter(({ phase }) => phase !== 'failed')).toEqual([])
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

/** A service that loses replies, fails before and after the commit, limits and refuses, as a list of numbers says. */
class Service {
  readonly stored: string[] = []
  readonly #cancelled = new Set<string>()
  readonly #faults: number[]

  constructor(faults: number[]) {
    this.#faults = [...faults]
  }
  next(): number {
    return this.#faults.shift() ?? 0
  }
  answer(command: Command): unknown {
    const fault = this.next()
    if (command.type === 'message.cancel') {
      if (fault > 70) return new ChatError('unavailable')
      const isStored = this.stored.includes(command.id)
      if (!isStored) this.#cancelled.add(command.id)
      return fault > 50 ? new ChatError('timeout') : { id: command.id, ...(isStored && { seq: 1 }) }
    }
    return this.#send(command as MessageSendCommand, fault)
  }
  #send({ id, attempt = 1 }: MessageSendCommand, fault: number): unknown {
    if (this.stored.includes(id)) return fault > 80 ? new ChatError('timeout') : { id, seq: 1 }
    if (this.#cancelled.has(id)) return new ChatError('cancelled')
    if (fault > 90) return new ChatError('unavailable')
    if (fault > 80) return new ChatError('rate_limited', { retryAfterMs: 100 })
    if (fault > 70) {
      if (attempt > 1) this.#cancelled.add(id)
      return new ChatError('forbidden')
    }
    this.stored.push(id)
    return fault > 40 ? new ChatError('timeout') : { id, seq: 1 }
  }
}

function setUp({ reached, service }: { reached?: number | undefined; service?: (command: Command) => unknown } = {}) {
  const clock = createFakeClock()
  const asked: Command[] = []
  const answers: ((result: unknown) => void)[] = []
  const failures: string[] = []
  const link = { isDown: false }
  const fakeLink: Link = {
    isUp: () => !link.isDown,
    denial: () => null,
    ask(command, answer) {
      asked.push(command)
      const settleWith = (result: unknown): void =>
        result instanceof ChatError ? answer.error(result) : answer.ok(result as never)
      if (service) clock.after(10, () => settleWith(service(command)))
      else answers.push(settleWith)
    },
  }
  let ids = 0
  const outbox = createOutbox({
    roomId: 'general',
    link: fakeLink,
    clock,
    random: () => 0.5,
    newId: () => {
      ids += 1
      return `id-${ids}`
    },
    shelf: NO_SHELF,
    limits: () => ({ textChars: 4_000 }) as Welcome['limits'],
    position: () => ({ reached }),
    onChange: () => {},
    onStored: () => {},
    onFailed: (error) => void failures.push(error.code),
  })
  return {
    outbox,
    asked,
    clock,
    link,
    failures,
    /** Answers the oldest question. `drop`: the connection breaks with it. */
    reply(result: unknown, { drop = false } = {}) {
      link.isDown = drop
      answers.shift()?.(result)
      link.isDown = false
    },
  }
}

function idOf(command: Command): string | undefined {
  return 'id' in command ? command.id : undefined
}

function byNumber(one: string, other: string): number {
  return Number(one.slice(3)) - Number(other.slice(3))
}
