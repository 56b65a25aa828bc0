'use client'
/** MessageList: a room's messages, oldest first, at the newest until the reader scrolls away. */
import type { Message } from '@parlor/client'
import { Fragment, memo, type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useState } from 'react'
import { useChatContext, useStrings } from '../chat-context.ts'
import { describeError, fill, fillCount } from '../strings.ts'
import type { UseChatResult } from '../use-chat.ts'
import { Announcements } from './announcements.tsx'
import { useFormats } from './formats.ts'
import { AlertIcon, CloseIcon, DownIcon } from './icons.tsx'
import { ListEmpty, ListSkeleton } from './list-placeholders.tsx'
import { MessageItem } from './message-item.tsx'
import { rowsOf } from './message-rows.ts'
import { ReactionPicker } from './reaction-picker.tsx'
import { NamesContext } from './reactions.tsx'
import { useEdgeLoader } from './use-edge-loader.ts'
import { useFocusHeir } from './use-focus-heir.ts'
import { useListFocus } from './use-list-focus.ts'
import { useMessageHandlers } from './use-message-handlers.ts'
import { useScrollAnchor } from './use-scroll-anchor.ts'

/** Pass the whole result of `useChat`; it changes only when the room does, so nothing else renders the list. */
export const MessageList = memo(function MessageList(props: MessageListProps): ReactNode {
  const { chat, onEdit, markedId, emoji } = props
  const strings = useStrings()
  const formats = useFormats()
  const isSignedOut = useChatContext().userId === null
  const listId = useId()
  const { messages, isLoading, hasNewer } = chat
  const userId = chat.user?.id

  const anchor = useScrollAnchor(!hasNewer)
  const { scroller, content, isAtEnd } = anchor
  const focus = useListFocus(content, messages)
  const { handlers, picker, notice, dismiss } = useMessageHandlers(chat, onEdit)
  const isLive = chat.status === 'live'
  const { hasOlder, isLoadingOlder, loadOlder, isLoadingNewer, loadNewer } = chat
  const older = useEdgeLoader({
    scroller,
    hasMore: hasOlder,
    isLoading: isLoadingOlder,
    isLive,
    edge: 'older',
    load: loadOlder,
  })
  const olderFocus = useFocusHeir<HTMLParagraphElement>(hasOlder)
  const newer = useEdgeLoader({
    scroller,
    hasMore: hasNewer,
    isLoading: isLoadingNewer,
    isLive,
    edge: 'newer',
    load: loadNewer,
  })

  const rows = useMemo(() => rowsOf(messages, formats), [messages, formats])
  const names = useMemo(() => new Map(chat.members.map((member) => [member.userId, member.name ?? ''])), [chat.members])
  const firstSeq = useFirstSeq(messages, isLoading)
  const unseen = useUnseen(messages, userId, isAtEnd && !hasNewer)
  useFollowOwn(messages, userId, anchor.follow)
  useMark(markedId, messages, content)

  const rights = {
    canReact: chat.can('message.react'),
    canEditOwn: onEdit !== undefined && chat.can('message.edit.own'),
    canRewrite: onEdit !== undefined,
    canRemoveOwn: chat.can('message.delete.own'),
    canRemoveAny: chat.can('message.delete.any'),
  }
  const goToLatest = (): void => {
    if (hasNewer) chat.jumpToLatest().then(anchor.follow, () => {})
    else anchor.scrollToEnd()
  }

  return (
    <NamesContext value={names}>
      <div className="parlor parlor-list">
        {/* Silent, although a log is polite by itself: Announcements speaks for it. */}
        <div
          ref={scroller}
          className="parlor-list-scroller"
          role="log"
          aria-live="off"
          aria-label={strings.messages}
          aria-busy={isLoading && !isSignedOut}
          onScroll={anchor.onScroll}
          {...focus.handlers}
        >
          {/* The one child, laid out from its end. */}
          <div ref={content} className="parlor-list-content">
            {hasOlder ? (
              <button
                ref={older.button}
                type="button"
                className="parlor-button parlor-list-more"
                aria-disabled={isLoadingOlder}
                {...olderFocus.watch}
                onClick={() => !isLoadingOlder && older.start()}
              >
                {isLoadingOlder ? strings.loadingOlder : older.failed ? strings.loadFailed : strings.loadOlder}
              </button>
            ) : (
              rows.length > 0 && (
                <p ref={olderFocus.heir} className="parlor-list-beginning" tabIndex={-1}>
                  {strings.beginning}
                </p>
              )
            )}
            {rows.map(({ message, startsDay, isFirst, isLast }) => (
              <Fragment key={message.id}>
                {startsDay && (
                  <div className="parlor-day">
                    <time dateTime={formats.dayKey(message.createdAt)}>{formats.day(message.createdAt, strings)}</time>
                  </div>
                )}
                <MessageItem
                  message={message}
                  listId={listId}
                  userId={userId}
                  isFirst={isFirst}
                  isLast={isLast}
                  isNew={firstSeq !== undefined && (message.seq === undefined || message.seq > firstSeq)}
                  isActive={message.id === focus.activeId}
                  isOpen={focus.openIds.includes(message.id) || message.id === picker.message?.id}
                  isMarked={message.id === markedId}
                  formats={formats}
                  on={handlers}
                  {...rights}
                />
              </Fragment>
            ))}
            {hasNewer && (
              <button
                ref={newer.button}
                type="button"
                className="parlor-button parlor-list-more"
                aria-disabled={isLoadingNewer}
                onClick={() => !isLoadingNewer && newer.start()}
              >
                {isLoadingNewer ? strings.loading : newer.failed ? strings.loadFailed : strings.loadNewer}
              </button>
            )}
          </div>
        </div>

        {rows.length === 0 && (isLoading && !isSignedOut ? <ListSkeleton /> : <ListEmpty chat={chat} />)}
        {(!isAtEnd || hasNewer) && rows.length > 0 && (
          <button type="button" className="parlor-jump" onClick={goToLatest}>
            <DownIcon />
            {unseen > 0 ? fillCount(strings.newMessages, unseen, formats.locale) : strings.jumpToLatest}
          </button>
        )}
        <div className="parlor-notices" role="alert">
          {notice && (
            <p className="parlor-notice">
              <AlertIcon />
              {fill(strings.changeFailed, { reason: describeError(strings, notice) })}
              <button type="button" className="parlor-icon-button" aria-label={strings.dismiss} onClick={dismiss}>
                <CloseIcon />
              </button>
            </p>
          )}
        </div>
        <Announcements messages={messages} userId={userId} isLoading={isLoading} locale={formats.locale} />
        <ReactionPicker
          anchor={picker.anchor}
          emoji={emoji}
          chosen={picker.message?.reactions.filter(({ mine }) => mine).map((reaction) => reaction.emoji) ?? []}
          onPick={(one, on) => picker.message && handlers.react(picker.message.id, one, on)}
          onClose={picker.close}
        />
      </div>
    </NamesContext>
  )
})

/** The newest seq of the first page: what is newer came while the list was on the screen, and may move in. */
function useFirstSeq(messages: readonly Message[], isLoading: boolean): number | undefined {
  const [firstSeq, setFirstSeq] = useState<number>()
  if (firstSeq === undefined && !isLoading) setFirstSeq(newestSeqOf(messages))
  return firstSeq
}

/** How many messages of others have come since the reader left the end. */
function useUnseen(messages: readonly Message[], userId: string | undefined, isAtEnd: boolean): number {
  const newest = newestSeqOf(messages)
  const [seen, setSeen] = useState(newest)
  if (isAtEnd && seen < newest) setSeen(newest)
  if (isAtEnd) return 0
  return messages.filter(({ seq = 0, user, status }) => seq > seen && user.id !== userId && status === 'sent').length
}

/** One's own new message is always shown, wherever the list was. */
function useFollowOwn(messages: readonly Message[], userId: string | undefined, follow: () => void): void {
  const last = messages.at(-1)
  const ownId = last?.status === 'pending' && last.user.id === userId ? last.id : undefined
  useLayoutEffect(() => {
    if (ownId !== undefined) follow()
  }, [ownId, follow])
}

/** Brings the message that was looked for to the middle, once it is there. */
function useMark(
  markedId: string | undefined,
  messages: readonly Message[],
  content: { current: HTMLElement | null },
): void {
  const isThere = markedId !== undefined && messages.some(({ id }) => id === markedId)
  useEffect(() => {
    if (!isThere) return
    const row = content.current?.querySelector(`[data-message-id="${CSS.escape(markedId)}"]`)
    row?.scrollIntoView({ block: 'center' })
  }, [isThere, markedId, content])
}

function newestSeqOf(messages: readonly Message[]): number {
  return messages.findLast(({ seq }) => seq !== undefined)?.seq ?? 0
}

// --- types ---

export interface MessageListProps {
  chat: UseChatResult
  /** Starts editing a message; without it, there is no such button. Keep its identity. */
  onEdit?: ((message: Message) => void) | undefined
  /** A message to bring into sight and to mark, once it is loaded (see `chat.jumpTo`). */
  markedId?: string | undefined
  /** What the reaction picker offers. */
  emoji?: readonly string[] | undefined
}
