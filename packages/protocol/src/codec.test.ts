import { expect, test } from 'vitest'
import { decodeDown, encodeItem, encodeUp, joinItems } from './codec.ts'

test('a client frame is the JSON of its command', () => {
  expect(JSON.parse(encodeUp({ type: 'ping', ref: 3 }))).toEqual({ type: 'ping', ref: 3 })
})

test('items encoded one by one join into one frame', () => {
  const items = [
    { ref: 1, ok: { serverTime: 5 } },
    { type: 'connection.draining' as const, reconnectAfterMs: 10 },
  ]
  expect(decodeDown(joinItems(items.map(encodeItem)))).toEqual(items)
})

test('the empty frame is a heartbeat', () => {
  expect(joinItems([])).toBe('[]')
  expect(decodeDown('[]')).toEqual([])
})

test.each(['', '{', '{}', 'null', '1', '[1]', '[null]', '["x"]', '[{}'])('%s is no server frame', (text) => {
  expect(decodeDown(text)).toBeUndefined()
})
