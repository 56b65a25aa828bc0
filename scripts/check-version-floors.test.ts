import { describe, expect, test } from 'vitest'
import { compareVersions, findOldVersions, floors, isUnderFloor, type Lock } from './check-version-floors.ts'

const soundLock: Lock = {
  packages: Object.fromEntries(floors.map(({ name, lines }) => [`node_modules/${name}`, { version: lines[0] ?? '' }])),
}

function withPackage(path: string, entry: { name?: string; version: string }): Lock {
  return { packages: { ...soundLock.packages, [path]: entry } }
}

describe('findOldVersions', () => {
  test('versions at their floors pass', () => {
    expect(findOldVersions(soundLock)).toEqual([])
  })

  test.each(floors)('an older $name is found, nested too', ({ name }) => {
    expect(findOldVersions(withPackage(`node_modules/x/node_modules/${name}`, { version: '0.0.1' }))).toHaveLength(1)
  })

  test('an alias is judged by its real name', () => {
    const lock = withPackage('node_modules/next-auth-v5', { name: 'next-auth', version: '5.0.0-beta.31' })
    expect(findOldVersions(lock)).toEqual([expect.stringContaining('next-auth-v5 is 5.0.0-beta.31')])
  })

  test('a required package that is gone is found', () => {
    const { 'node_modules/ws': _, ...packages } = soundLock.packages
    expect(findOldVersions({ packages })).toEqual([expect.stringContaining('ws is not in the lock file')])
  })
})

test.each([
  ['15.5.17', true],
  ['15.5.18', false],
  ['16.2.10', true],
  ['16.4.6', false],
  ['14.2.0', true],
  ['17.0.0', false],
])('next %s is under its floor: %s', (version, expected) => {
  expect(isUnderFloor(version, ['15.5.18', '16.2.11'])).toBe(expected)
})

test.each([
  ['1.2.3', '1.2.3', 0],
  ['1.2.10', '1.2.9', 1],
  ['5.0.0-beta.32', '5.0.0-beta.4', 1],
  ['5.0.0-beta.32', '5.0.0', -1],
  ['5.0.0', '5.0.0-rc.1', 1],
  ['5.0.0-beta', '5.0.0-beta.1', -1],
])('%s against %s', (a, b, expected) => {
  expect(Math.sign(compareVersions(a, b))).toBe(expected)
})
