import { expect, test } from 'vitest'
import { pathAfterSignIn, roomIdOf, roomPath, signInPath } from './paths.ts'

test('whoever opens a room signed out is in it after signing in', () => {
  const to = new URL(signInPath('a room/with:signs'), 'http://localhost').searchParams.get('to') ?? ''
  expect(pathAfterSignIn({ to })).toBe(roomPath('a room/with:signs'))
})

test('a link to the sign-in never leads out of the app', () => {
  for (const to of [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/rooms//evil.example',
    '/rooms/a/../..',
    '',
    undefined,
    ['/rooms/a'],
  ]) {
    expect(pathAfterSignIn({ to }), String(to)).toBe('/')
  }
})

test('an address that isn’t well-formed names a room that nobody has', async () => {
  expect(await roomIdOf(Promise.resolve({ roomId: 'a%20b' }))).toBe('a b')
  expect(await roomIdOf(Promise.resolve({ roomId: '%E0%A4' }))).toBe('%E0%A4')
})
