import { expect, test } from 'vitest'
import { Outbound } from '../delivery/outbound.ts'
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

test('[G9] an answer that waits gets its turn although the socket drained before the flush', async () => {
  let bufferedBytes = 0
  const socket = {
    get bufferedBytes() {
      return bufferedBytes
    },
    write(chunks: readonly Buffer[]) {
      for (const chunk of chunks) bufferedBytes += chunk.length
    },
  }
  const dirty: Outbound[] = []
  const flush = (): void => {
    for (const one of dirty.splice(0)) one.flush()
  }
  const outbound = new Outbound({
    ...{ socket, flusher: { requestFlush: (one: Outbound) => void dirty.push(one) } },
    ...{ maxQueuedBytes: 1_000_000, compressFromBytes: 0, owner: { onSlow: () => {}, onLow: () => turns.next() } },
  })
  const turns = new AnswerTurns(outbound)
  const done: string[] = []
  const answer = (name: string): Promise<void> =>
    turns.run(async () => {
      outbound.enqueueItem(JSON.stringify('x'.repeat(40_000)))
      done.push(name)
    })
  await answer('one')
  flush()
  await answer('two')
  const third = answer('three')
  // What the socket had is gone before the flush that was asked for.
  bufferedBytes = 0
  outbound.resume()
  flush()
  bufferedBytes = 0
  outbound.resume()
  await third
  expect(done).toEqual(['one', 'two', 'three'])
})

test('nobody gets a turn of a connection that is over', async () => {
  const outbound = { isLow: false }
  const turns = new AnswerTurns(outbound)
  let hasRun = false
  void turns.run(async () => {
    hasRun = true
  })
  turns.close()
  outbound.isLow = true
  turns.next()
  await settle()
  expect(hasRun).toBe(false)
})

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
