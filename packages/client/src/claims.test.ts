import { expect, test } from 'vitest'
import { readClaims } from './claims.ts'
import { signedToken } from './testing/tokens.ts'

test('a signed token tells who it is for, which sign-in it came from, and when it ends', () => {
  expect(readClaims(signedToken({ sub: 'zoë/ß?>', sid: 's1', exp: 1_790_000_000, aud: 'parlor' }))).toEqual({
    sub: 'zoë/ß?>',
    sid: 's1',
    exp: 1_790_000_000,
  })
  expect(readClaims(signedToken({ sub: 'ada', sid: 7, exp: 'soon' }))).toEqual({ sub: 'ada' })
})

test.each([
  '',
  'opaque',
  'a.b.c',
  'a..c',
  // Encrypted: five parts, of which nobody but the service can read any.
  'a.b.c.d.e',
  signedToken({ name: 'nobody' }),
  signedToken({ sub: '' }),
  `a.${btoa('null')}.c`,
])('%j tells nothing', (token) => {
  expect(readClaims(token)).toBeUndefined()
})
