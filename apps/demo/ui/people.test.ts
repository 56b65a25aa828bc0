import { describe, expect, test } from 'vitest'
import { cleanName, userIdOf, userOf, usersOf } from './people.ts'

describe('a name is enough to be somebody', () => {
  test('the same name is always the same user, however it is written', () => {
    for (const name of ['Ada Lovelace', ' ada   lovelace ', 'ADA LOVELACE', 'Ada-Lovelace', 'Ada\u00a0Lovelace']) {
      expect(userIdOf(name), name).toBe('ada-lovelace')
    }
    expect(userIdOf('Zoë Müller')).toBe('zoe-muller')
    expect(userIdOf('Zoe\u0308 Mu\u0308ller')).toBe('zoe-muller')
  })

  test('names of every script have an id', () => {
    expect(userIdOf('李 小龙')).toBe('李-小龙')
    expect(userIdOf('Анна')).toBe('анна')
  })

  test('a name without a letter or a digit is nobody', () => {
    for (const name of ['', '   ', '!!!', '\u200b\u202e', null, undefined, 7, {}]) expect(userOf(name)).toBeNull()
  })

  test('characters that hide or turn text around are dropped', () => {
    expect(cleanName('Ad\u200ba\u202e Love\u0000lace')).toBe('Ada Lovelace')
  })

  test('a long name is cut, never in the middle of a character', () => {
    expect(cleanName('a'.repeat(100))).toHaveLength(40)
    expect(cleanName(`${'a'.repeat(39)}😀`)).toBe('a'.repeat(39))
  })
})

test('several names in a line are several people, each once', () => {
  expect(usersOf('Ada, Grace Hopper; ada,, !, \n Alan')).toEqual([
    { id: 'ada', name: 'Ada' },
    { id: 'grace-hopper', name: 'Grace Hopper' },
    { id: 'alan', name: 'Alan' },
  ])
  expect(usersOf(null)).toEqual([])
})
