import { expect, test } from 'vitest'
import { createReplayLog } from './replay.ts'
import { messageRow } from './testing/rows.ts'

test('a page gets what came since it was asked for, and nothing from before', () => {
  const log = createReplayLog()
  log.record([messageRow(1)])
  const one = log.begin()
  log.record([messageRow(2), messageRow(3)])
  const other = log.begin()
  log.record([messageRow(4)])
  one.end()
  log.record([messageRow(5)])
  expect(one.seen().map(({ seq }) => seq)).toEqual([2, 3, 4])
  expect(other.seen().map(({ seq }) => seq)).toEqual([4, 5])
})
