import { expect, test } from 'vitest'
import { defaultStrings, describeError, fill, fillCount, isolate, type Plural } from './strings.ts'

test('values are put in once, and what they contain is left alone', () => {
  expect(fill('{name}: {text}', { name: '{text}', text: 'hi $& {name}' })).toBe('{text}: hi $& {name}')
  expect(fill('{unknown}', {})).toBe('{unknown}')
})

test('a count takes the form and the digits of its locale', () => {
  const polish: Plural = { one: '{count} osoba', few: '{count} osoby', many: '{count} osób', other: '{count} osoby' }
  expect([1, 3, 5, 22].map((count) => fillCount(polish, count, 'pl'))).toEqual([
    '1 osoba',
    '3 osoby',
    '5 osób',
    '22 osoby',
  ])
  expect(fillCount({ other: '{count}' }, 1_234, 'de')).toBe('1.234')
  expect(fillCount({ one: 'one', other: '{count}' }, 1_234, undefined)).toBe('1234')
})

test('an error is told by its code, and an unknown one in general', () => {
  expect(describeError(defaultStrings, { code: 'forbidden' })).toBe(defaultStrings['error.forbidden'])
  expect(describeError(defaultStrings, { code: 'constructor' })).toBe(defaultStrings.errorUnknown)
  expect(describeError(defaultStrings, null)).toBe(defaultStrings.errorUnknown)
})

test('a name is isolated from what stands beside it', () => {
  expect(isolate('דנה')).toBe('\u2068דנה\u2069')
})

test('every text is plain data, so a server component can hand it on', () => {
  expect(JSON.parse(JSON.stringify(defaultStrings))).toEqual(defaultStrings)
})
