/** The saboteur is itself tested: a fault that isn't one would prove nothing. */
import { expect, onTestFinished, test } from 'vitest'
import { openRawSocket, ServiceApi } from '../../support/service-api.ts'
import type { DeathPoint } from './orders.ts'
import { SECRET, Unit } from './unit.ts'

test.each<[DeathPoint, boolean, string]>([
  ['before the commit', false, 'lost'],
  ['between commit and ack', true, 'lost'],
  ['between commit and publish', true, 'lost'],
  ['between ack and delivery', true, 'an ack'],
])('[G1] the service dies %s: stored %s, its sender got %s', async (at, isStored, answer) => {
  const unit = await startUnit()
  const { ask } = await signIn(unit, 'ann')
  await ask({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: 'before' })
  const other = await signIn(unit, 'bo')
  await other.ask({ type: 'room.open', roomId: 'general' })
  await unit.order({ do: 'die', at, after: 1 })
  const id = crypto.randomUUID()
  const got = await ask({ type: 'message.send', roomId: 'general', id, text: 'last words' }).then(
    () => 'an ack',
    (error: Error) => error.message,
  )
  expect(got).toBe(answer)
  expect(await unit.program.exited).toEqual({ code: null, signal: 'SIGKILL' })
  await unit.start()
  const { messages } = await new ServiceApi(unit.directUrl, SECRET).readHistory('general', 'cy')
  expect(messages.some((message) => message.id === id)).toBe(isStored)
})

test('the clock of the service steps by an hour and back, and a token of the other time is refused', async () => {
  const unit = await startUnit()
  const token = unit.chatToken({ id: 'ann', name: 'Ann' })
  const now = await unit.shiftClock(3_600_000)
  expect(Math.round((now - Date.now()) / 60_000)).toBe(60)
  const late = await openRawSocket(`ws://127.0.0.1:${unit.port}/v1/ws`)
  await expect(late.ask({ type: 'hello', token })).rejects.toThrow('expired')
  await signIn(unit, 'ann')
  await unit.shiftClock(0)
  await signIn(unit, 'ann')
})

test('[G13] while a commit is stuck, a send is answered `timeout` and the service is not ready; then it is stored all the same', async () => {
  const unit = await startUnit()
  const { ask } = await signIn(unit, 'ann')
  await ask({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: 'before' })
  await unit.order({ do: 'slow commits', count: 1, ms: 6_000 })
  const id = crypto.randomUUID()
  const isReady = unit.isReady()
  await expect(ask({ type: 'message.send', roomId: 'general', id, text: 'late' })).rejects.toThrow('timeout')
  expect(await isReady).toBe(false)
  await unit.becomesReady()
  const { messages } = await new ServiceApi(unit.directUrl, SECRET).readHistory('general', 'ann')
  expect(messages.map(({ text }) => text)).toEqual(['before', 'late'])
})

async function startUnit(): Promise<Unit> {
  const unit = await Unit.start()
  onTestFinished(() => unit.close())
  return unit
}

async function signIn(unit: Unit, id: string) {
  const socket = await openRawSocket(`ws://127.0.0.1:${unit.port}/v1/ws`)
  await socket.ask({ type: 'hello', token: unit.chatToken({ id, name: id }) })
  return socket
}
