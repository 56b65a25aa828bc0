import { renderHook } from '@testing-library/react'
import type { ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TextContext } from '../chat-context.ts'
import { defaultStrings } from '../strings.ts'
import { type Formats, useFormats } from './formats.ts'

const NOW = Date.UTC(2026, 10, 23, 22, 30)

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function formatsIn(locale: string, timeZone: string): Formats {
  const value = { strings: defaultStrings, showHints: false, locale, timeZone }
  const wrapper = ({ children }: { children: ReactNode }) => <TextContext value={value}>{children}</TextContext>
  return renderHook(() => useFormats(), { wrapper }).result.current
}

function Text(): ReactNode {
  const { time, day, moment } = useFormats()
  return `${time(NOW)} ${day(NOW, defaultStrings)} ${moment(NOW)}`
}

test('times are in the zone and the language of the reader', () => {
  expect(formatsIn('de', 'Europe/Berlin').time(NOW)).toBe('23:30')
  expect(formatsIn('en-US', 'America/New_York').time(NOW).replace('\u202f', ' ')).toBe('5:30 PM')
})

test('days begin at the midnight of the zone', () => {
  expect(formatsIn('en', 'Europe/Berlin').dayKey(NOW)).toBe('2026-11-23')
  expect(formatsIn('en', 'Asia/Tokyo').dayKey(NOW)).toBe('2026-11-24')
})

test('days are called by the shortest name that is clear', () => {
  const { day } = formatsIn('en-GB', 'UTC')
  const ago = (days: number) => day(NOW - days * 86_400_000, defaultStrings)
  expect([0, 1, 2, 6].map(ago)).toEqual(['Today', 'Yesterday', 'Saturday', 'Tuesday'])
  expect(ago(7)).toBe('Monday 16 November')
  expect(ago(400)).toBe('19 October 2025')
})

test('the server says it plainly, in UTC and without Intl', () => {
  expect(renderToString(<Text />)).toBe('22:30 2026-11-23 2026-11-23 22:30 UTC')
})

test('what is today changes at midnight by itself', () => {
  vi.setSystemTime(Date.UTC(2026, 10, 23, 23, 59, 30))
  const value = { strings: defaultStrings, showHints: false, locale: 'en', timeZone: 'UTC' }
  const wrapper = ({ children }: { children: ReactNode }) => <TextContext value={value}>{children}</TextContext>
  const { result, rerender } = renderHook(() => useFormats(), { wrapper })
  const before = result.current
  expect(before.day(NOW, defaultStrings)).toBe('Today')
  rerender()
  expect(result.current).toBe(before)
  vi.setSystemTime(Date.UTC(2026, 10, 24, 0, 0, 30))
  rerender()
  expect(result.current.day(NOW, defaultStrings)).toBe('Yesterday')
})
