import { expect, test } from 'vitest'
import { AnswerTurns } from './answer-turns.ts'

test('[G9] four answers at a time, in the order of the calls; while much waits for the socket, none begins', async () => {
  const outbound = { isLow: true }
  const turns = new AnswerTurns(outbound)
  const begun: number[] = []
  const ends: (() => void)[] = []
  for (let n = 0; n < 7; n++)
    void turns.run(() => {
      begun.push(n)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  await settle()
  expect(begun).toEqual([0, 1, 2, 3])
  outbound.isLow = false
  ends[1]?.()
  ends[0]?.()
  await settle()
  expect(begun).toEqual([0, 1, 2, 3])
  outbound.isLow = true
  turns.next()
  await settle()
  expect(begun).toEqual([0, 1, 2, 3, 4, 5])
  ends[4]?.()
  await settle()
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('an answer that fails makes way for the next one, and who comes late stands behind who waits', async () => {
  const outbound = { isLow: false }
  const turns = new AnswerTurns(outbound)
  const begun: string[] = []
  const failing = turns.run(async () => {
    begun.push('failing')
    throw new Error('no such room')
  })
  const waiting = turns.run(async () => begun.push('waiting'))
  outbound.isLow = true
  const late = turns.run(async () => begun.push('late'))
  turns.next()
  await expect(failing).rejects.toThrow('no such room')
  await Promise.all([waiting, late])
  expect(begun).toEqual(['failing', 'waiting', 'late'])
})

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
