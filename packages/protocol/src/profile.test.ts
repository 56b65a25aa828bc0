import { describe, expect, it } from 'vitest'
import { MAX_NAME_CHARS, MAX_PICTURE_CHARS, MAX_USER_ID_CHARS } from './limits.ts'
import { cleanName, cleanPicture, readUserId } from './profile.ts'

describe('readUserId', () => {
  it('takes strings of 1 to 255 characters and safe integers', () => {
    for (const id of ['1', 'github|1', 'ключ', '__proto__', 'x'.repeat(MAX_USER_ID_CHARS)])
      expect(readUserId(id)).toBe(id)
    expect(readUserId(0)).toBe('0')
    expect(readUserId(-7)).toBe('-7')
  })

  it.each([
    undefined,
    null,
    '',
    1.5,
    2 ** 53,
    Number.NaN,
    true,
    {},
    [],
    ['u1'],
    'x'.repeat(256),
    'a\u0000b',
    'a\nb',
    '\ud800',
  ])('refuses %j', (value) => {
    expect(readUserId(value)).toBeUndefined()
  })
})

describe('cleanName', () => {
  it.each([
    ['Ann', 'Ann'],
    ['  Ann \n\t Lee ', 'Ann Lee'],
    ['Ann\u202Egnp.exe', 'Anngnp.exe'],
    ['\u2066Ann\u2069\u200E\u200F\u061C', 'Ann'],
    ['A\u200Bn\u200Cn\u200D\uFEFF\u00AD', 'Ann'],
    ['a\uFE0Fdmin', 'admin'],
    ['Ann\u{E0041}\u{E0042}', 'Ann'],
    ['\u115F\u3164Ann', 'Ann'],
    ['Ann\ud800', 'Ann'],
    ['A\u0301nn', '\u00C1nn'],
  ])('makes %j into %j', (name, cleaned) => {
    expect(cleanName(name)).toBe(cleaned)
  })

  it.each(['👩‍💻 Ann', '👩🏽‍🚀', '❤️‍🔥', '1️⃣', 'می‌خواهم', '李小龍', 'O’Brien-Łódź'])('leaves %s as it is', (name) => {
    expect(cleanName(name)).toBe(name.normalize('NFC'))
  })

  it.each([undefined, null, 7, {}, '', '   ', '\u200B\u202E'])('has no name for %j', (value) => {
    expect(cleanName(value)).toBeNull()
  })

  it('cuts long names, never through a character', () => {
    expect(cleanName('x'.repeat(1_000_000))).toBe('x'.repeat(MAX_NAME_CHARS))
    expect(cleanName(`${'x'.repeat(MAX_NAME_CHARS - 1)}😀`)).toBe('x'.repeat(MAX_NAME_CHARS - 1))
  })
})

describe('cleanPicture', () => {
  it.each(['https://example.com/a.png', 'http://localhost:3000/a.png?s=2#x', '/avatars/1.png', '/'])(
    'takes %s',
    (picture) => {
      expect(cleanPicture(picture)).toBe(picture)
    },
  )

  it.each([
    undefined,
    null,
    7,
    '',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    '//evil.com/a.png',
    '/\\evil.com/a.png',
    'avatars/1.png',
    'https://',
    'https://a b',
    'https://a/\n',
    `https://a/${'x'.repeat(MAX_PICTURE_CHARS)}`,
  ])('drops %j', (picture) => {
    expect(cleanPicture(picture)).toBeNull()
  })
})
