import { expect, test } from 'vitest'
import { Positions } from './positions.ts'

const opened = (head: number, range?: object) => ({
  roomId: 'r',
  epoch: 'e1',
  head,
  ...(range ? { range } : { reset: {} }),
})
const event = (seq: number, epoch?: string) => ({ type: 'message.created', roomId: 'r', seq, ...(epoch && { epoch }) })

test('a client stands where the last answer, event or range that it could apply has left it', () => {
  const positions = new Positions()
  expect(positions.of('r')).toBeUndefined()
  positions.sent({ type: 'room.open', ref: 1, roomId: 'r' })
  positions.received([{ ref: 1, ok: opened(4) }, event(5)])
  expect(positions.of('r')).toEqual({ epoch: 'e1', seq: 5 })
  // Seen already, and beyond a gap.
  positions.received([event(5), event(7)])
  expect(positions.of('r')).toEqual({ epoch: 'e1', seq: 5 })
  positions.received([{ type: 'room.range', roomId: 'r', epoch: 'e1', from: 5, to: 8 }, event(9, 'e2')])
  expect(positions.of('r')).toEqual({ epoch: 'e2', seq: 9 })
})

test('a range that begins above it leaves it where it is', () => {
  const positions = new Positions()
  positions.received([{ type: 'room.opened', ...opened(4) }])
  positions.received([{ type: 'room.opened', ...opened(9, { from: 6, to: 9 }) }])
  expect(positions.of('r')).toEqual({ epoch: 'e1', seq: 4 })
})

test('it is uncertain after an answer to a question that another answer has overtaken, until the next one', () => {
  const positions = new Positions()
  positions.sent({ type: 'room.open', ref: 1, roomId: 'r' })
  positions.received([{ type: 'room.opened', ...opened(4) }])
  positions.received([{ ref: 1, ok: opened(6) }])
  expect(positions.of('r')).toBeUndefined()
  positions.received([{ type: 'room.opened', ...opened(7) }])
  expect(positions.of('r')).toEqual({ epoch: 'e1', seq: 7 })
})
