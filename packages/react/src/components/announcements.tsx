'use client'
/** Announcements: tells a screen reader about new messages of others, a few words at a time. */
import type { Message } from '@parlor/client'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useStrings } from '../chat-context.ts'
import { type ChatStrings, fill, fillCount } from '../strings.ts'

/**
 * A region of its own, because the list must stay silent: a screen reader would also read out the older messages that
 * are loaded above, and every edit. One message is read; several at once are counted.
 */
export function Announcements({ messages, userId, isLoading, locale }: AnnouncementsProps): ReactNode {
  const strings = useStrings()
  const [said, setSaid] = useState({ turn: 0, text: '' })
  const newest = newestSeqOf(messages)
  // What was there when the list came is no news.
  const told = useRef<number | null>(null)
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined)
  const say = useRef(() => {})
  useEffect(() => {
    say.current = () => {
      const since = told.current ?? newest
      told.current = Math.max(since, newest)
      const news = messages.filter((message) => isNews(message, since, userId))
      if (news.length > 0) setSaid(({ turn }) => ({ turn: turn + 1, text: describe(news, strings, locale) }))
    }
  })

  useEffect(() => {
    if (isLoading) return
    told.current ??= newest
    if (newest <= told.current || waiting.current !== undefined) return
    waiting.current = setTimeout(() => {
      waiting.current = undefined
      say.current()
    }, GATHER_MS)
  }, [newest, isLoading])
  useEffect(
    () => () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
    },
    [],
  )

  return (
    <div className="parlor-hidden" aria-live="polite" aria-atomic="true">
      {/* A new element each time, or the same words twice would be said once. */}
      <span key={said.turn}>{said.text}</span>
    </div>
  )
}

/** Long enough to finish a short sentence, and to gather what comes in a burst. */
const GATHER_MS = 2_000

/** Longer texts are cut: the message itself can be read in the list. */
const MAX_SPOKEN_CHARS = 200

function newestSeqOf(messages: readonly Message[]): number {
  return messages.findLast((message) => message.seq !== undefined)?.seq ?? 0
}

function isNews(message: Message, since: number, userId: string | undefined): boolean {
  return message.seq !== undefined && message.seq > since && message.user.id !== userId && message.status === 'sent'
}

function describe(news: readonly Message[], strings: ChatStrings, locale: string | undefined): string {
  const [only] = news
  if (news.length > 1 || !only) return fillCount(strings.newMessages, news.length, locale)
  const text = only.text.length > MAX_SPOKEN_CHARS ? `${only.text.slice(0, MAX_SPOKEN_CHARS)}…` : only.text
  return fill(strings.announceMessage, { name: only.user.name ?? strings.someone, text })
}

// --- types ---

export interface AnnouncementsProps {
  messages: readonly Message[]
  userId: string | undefined
  isLoading: boolean
  locale: string | undefined
}
