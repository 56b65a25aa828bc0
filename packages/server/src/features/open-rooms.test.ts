import { describe, expect, it } from 'vitest'
import { createIsOpenRoom } from './open-rooms.ts'

describe('PUBLIC_ROOMS', () => {
  it.each([
    ['general', 'general', true],
    ['general', 'generals', false],
    ['team-*', 'team-', true],
    ['team-*', 'team-red', true],
    ['team-*', 'a-team-red', false],
    ['*.chat', 'x.chat', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'ac', false],
    ['a*ba', 'aba', true],
    ['ab*ba', 'aba', false],
    ['*', 'anything', true],
    ['a.b', 'aXb', false],
  ])('%s and %s: %s', (pattern, roomId, isOpen) => {
    expect(createIsOpenRoom([pattern])(roomId)).toBe(isOpen)
  })

  it('nothing listed, nothing open', () => {
    expect(createIsOpenRoom([])('general')).toBe(false)
  })
})
