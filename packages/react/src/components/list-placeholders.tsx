'use client'
/** What a message list shows while there are no messages: shapes while it loads, then why it is empty. */
import type { ReactNode } from 'react'
import { useChatContext, useStrings } from '../chat-context.ts'
import { describeError } from '../strings.ts'
import type { UseChatResult } from '../use-chat.ts'

export function ListSkeleton(): ReactNode {
  const strings = useStrings()
  return (
    <div className="parlor-skeleton">
      <span className="parlor-hidden">{strings.loading}</span>
      {['a', 'b', 'c', 'd', 'e'].map((shape) => (
        <span key={shape} className="parlor-skeleton-row" data-shape={shape} aria-hidden="true" />
      ))}
    </div>
  )
}

export function ListEmpty({ chat }: { chat: UseChatResult }): ReactNode {
  const strings = useStrings()
  const isSignedOut = useChatContext().userId === null
  const isDenied = chat.status === 'denied'
  const denial = isSignedOut ? strings.signedOut : isDenied ? describeError(strings, chat.error, strings.denied) : null
  return (
    <div className="parlor-empty">
      <svg className="parlor-empty-art" viewBox="0 0 96 72" aria-hidden="true" focusable="false">
        <rect x="4" y="6" width="58" height="38" rx="14" />
        <rect x="34" y="28" width="58" height="38" rx="14" />
        <circle cx="52" cy="47" r="3" />
        <circle cx="63" cy="47" r="3" />
        <circle cx="74" cy="47" r="3" />
      </svg>
      <p className="parlor-empty-title">{denial ?? strings.noMessages}</p>
      {denial === null && chat.can('message.send') && <p>{strings.noMessagesHint}</p>}
    </div>
  )
}
