import { expect, test } from 'vitest'
import { initialsOf, toneOf } from './avatar.tsx'

test.each([
  ['Ada Lovelace', 'AL'],
  ['grace brewster murray hopper', 'GH'],
  ['ada', 'A'],
  ['ada.lovelace@mail.example', 'AE'],
  ['  李 小龙 ', '李小'],
  ['(Bob) Ross', 'BR'],
  ['🦊', '🦊'],
  ['', ''],
  ['---', ''],
])('the initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

test('an id has one colour forever, and the colours are spread', () => {
  expect(toneOf('ada')).toBe(7)
  const tones = new Set(Array.from({ length: 200 }, (_, index) => toneOf(`user-${index}`)))
  expect([...tones].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})
