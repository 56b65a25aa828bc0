import { expect, test } from 'vitest'
import { LINGER_MS, RoomPresence } from './room-presence.ts'

test('several connections are one person, online if one of them is', () => {
  const room = new RoomPresence()
  expect(room.look([person('bo', 'away'), person('ann'), person('bo')], 0)).toEqual([person('bo'), person('ann')])
  expect(room.look([person('ann'), person('bo', 'away')], 1)).toEqual([person('bo', 'away'), person('ann')])
})

test('[G10] who lost a connection stays as they were until it is too late to come back', () => {
  const room = new RoomPresence()
  room.linger(person('bo'), 0)
  // The phone that is left looks elsewhere, and breaks too.
  room.linger(person('bo', 'away'), 1)
  expect(room.look([person('bo', 'away')], 2)).toEqual([person('bo')])
  expect(room.nextEnd(2)).toBe(LINGER_MS + 1)
  expect(room.look([], LINGER_MS)).toEqual([person('bo')])
  expect(room.look([], LINGER_MS + 1)).toEqual([])
  expect(room.nextEnd(LINGER_MS + 1)).toBeUndefined()
})

test('[PRES-3] who went on purpose isn’t waited for', () => {
  const room = new RoomPresence()
  room.linger(person('bo'), 0)
  room.leave('bo')
  expect(room.look([person('ann')], 1)).toEqual([person('ann')])
})

test('[G10] who lost the first connection is the first to go', () => {
  const room = new RoomPresence()
  room.linger(person('bo'), 0)
  room.linger(person('cy'), 1)
  room.linger(person('bo'), 2)
  expect(room.nextEnd(3)).toBe(LINGER_MS + 1)
  expect(room.look([], LINGER_MS + 1)).toEqual([person('bo')])
})

test('[G10] whatever happened before, who has no connection and lost none lately isn’t there', () => {
  const room = new RoomPresence()
  for (let at = 0; at < 100; at++) {
    room.linger(person(`user-${at % 7}`), at)
    room.look([person(`user-${at % 5}`), person('ann')], at)
  }
  expect(room.look([person('ann')], 100 + LINGER_MS)).toEqual([person('ann')])
})

function person(id: string, state: 'online' | 'away' = 'online') {
  return { id, name: id, state }
}
