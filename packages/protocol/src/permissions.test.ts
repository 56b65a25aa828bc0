import { describe, expect, test } from 'vitest'
import { type Action, can, isAtLeast, type Standing } from './permissions.ts'
import { ROLES, type RoomKind } from './rows.ts'

const STANDINGS: Standing[] = ['owner', 'moderator', 'member', 'guest', 'visitor', 'removed']

/** One letter per standing, in the order of STANDINGS: x may, . may not. */
const MATRIX: Record<Action, Record<RoomKind, string>> = {
  'room.read': { public: 'xxxxx.', private: 'xxxx..', direct: 'xxxx..' },
  'room.join': { public: 'xxxxxx', private: 'xxxx..', direct: 'xxxx..' },
  'room.update': { public: 'xx....', private: 'xx....', direct: '......' },
  'member.add': { public: 'xx....', private: 'xx....', direct: '......' },
  'member.remove': { public: 'xx....', private: 'xx....', direct: '......' },
  'member.update': { public: 'xx....', private: 'xx....', direct: '......' },
  'message.send': { public: 'xxx.x.', private: 'xxx...', direct: 'xxx...' },
  'message.react': { public: 'xxx.x.', private: 'xxx...', direct: 'xxx...' },
  'message.edit.own': { public: 'xxx...', private: 'xxx...', direct: 'xxx...' },
  'message.delete.own': { public: 'xxx...', private: 'xxx...', direct: 'xxx...' },
  'message.delete.any': { public: 'xx....', private: 'xx....', direct: 'xx....' },
}

describe('can', () => {
  for (const [action, kinds] of Object.entries(MATRIX) as [Action, Record<RoomKind, string>][]) {
    test.each(Object.entries(kinds) as [RoomKind, string][])(`${action} in a %s room: %s`, (kind, allowed) => {
      const answer = STANDINGS.map((standing) => (can(action, kind, standing) ? 'x' : '.')).join('')
      expect(answer).toBe(allowed)
    })
  }
})

test('isAtLeast follows the order of ROLES', () => {
  expect(ROLES).toEqual(['owner', 'moderator', 'member', 'guest'])
  expect(ROLES.map((role) => ROLES.map((other) => (isAtLeast(role, other) ? 'x' : '.')).join(''))).toEqual([
    'xxxx',
    '.xxx',
    '..xx',
    '...x',
  ])
})
