'use client'
/** Formats: times and days in the reader's zone and language, and the same plain text on the server and while hydrating. */
import { useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import { TextContext } from '../chat-context.ts'

/**
 * A server knows neither the reader's zone nor, always, the browser's spelling of dates. So the server and the first
 * render in the browser say it plainly in UTC, `14:32` and `2026-11-23`, and right after that it becomes the reader's own.
 */
export function useFormats(): Formats {
  const { locale, timeZone } = useContext(TextContext)
  const today = useSyncExternalStore(
    listenForMidnight,
    useCallback(() => dayKey(Date.now(), timeZone), [timeZone]),
    getServerDay,
  )
  return useMemo(() => (today === null ? PLAIN : localFormats(today, locale, timeZone)), [today, locale, timeZone])
}

function localFormats(today: string, locale: string | undefined, timeZone: string | undefined): Formats {
  const make = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone })
  const time = make({ hour: 'numeric', minute: '2-digit' })
  const moment = make({ dateStyle: 'full', timeStyle: 'short' })
  const weekday = make({ weekday: 'long' })
  const date = make({ weekday: 'long', day: 'numeric', month: 'long' })
  const dateAndYear = make({ day: 'numeric', month: 'long', year: 'numeric' })
  return {
    locale: locale ?? time.resolvedOptions().locale,
    time: (ms) => time.format(ms),
    moment: (ms) => moment.format(ms),
    dayKey: (ms) => dayKey(ms, timeZone),
    day(ms, words) {
      const key = dayKey(ms, timeZone)
      const daysAgo = Math.round((Date.parse(today) - Date.parse(key)) / DAY_MS)
      if (daysAgo === 0) return words.today
      if (daysAgo === 1) return words.yesterday
      if (daysAgo > 1 && daysAgo < 7) return weekday.format(ms)
      return (key.slice(0, 4) === today.slice(0, 4) ? date : dateAndYear).format(ms)
    },
  }
}

const PLAIN: Formats = {
  locale: undefined,
  time: (ms) => new Date(ms).toISOString().slice(11, 16),
  moment: (ms) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  dayKey: (ms) => new Date(ms).toISOString().slice(0, 10),
  day: (ms) => new Date(ms).toISOString().slice(0, 10),
}

/** `2026-11-23`, in the zone. */
function dayKey(ms: number, timeZone: string | undefined): string {
  if (timeZone !== undefined) return zoneDays(timeZone).format(ms)
  const date = new Date(ms)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Swedish writes dates as ISO 8601 does. */
function zoneDays(timeZone: string): Intl.DateTimeFormat {
  let format = ZONE_DAYS.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    ZONE_DAYS.set(timeZone, format)
  }
  return format
}

const ZONE_DAYS = new Map<string, Intl.DateTimeFormat>()

/** Every minute rather than at midnight: a laptop that slept through it wakes with the right day. */
function listenForMidnight(onChange: () => void): () => void {
  const timer = setInterval(onChange, 60_000)
  return () => clearInterval(timer)
}

function getServerDay(): null {
  return null
}

const DAY_MS = 86_400_000

// --- types ---

export interface Formats {
  /** Undefined while hydrating. */
  locale: string | undefined
  /** `10:32 AM` */
  time(ms: number): string
  /** The whole date and the time. */
  moment(ms: number): string
  /** The calendar day, the same text for every moment of it. */
  dayKey(ms: number): string
  /** `Today`, `Monday`, `23 November`. */
  day(ms: number, words: { today: string; yesterday: string }): string
}
