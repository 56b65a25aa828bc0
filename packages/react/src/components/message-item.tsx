'use client'
/** MessageItem: one message: who, what, when, and what became of it. */
import type { Message } from '@parlor/client'
import { memo, type ReactNode } from 'react'
import { useStrings } from '../chat-context.ts'
import { type ChatStrings, describeError } from '../strings.ts'
import { Avatar } from './avatar.tsx'
import type { Formats } from './formats.ts'
import { AlertIcon, CheckIcon, ClockIcon, CloseIcon, EditIcon, RetryIcon } from './icons.tsx'
import { isJumbo, MessageText } from './message-text.tsx'
import { MessageToolbar } from './message-toolbar.tsx'
import { Reactions } from './reactions.tsx'

/** Renders again only when something of its own changes: the client keeps unchanged messages identical. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps): ReactNode {
  const { message, listId, userId, isFirst, isLast, isNew, isActive, isOpen, isMarked, formats, on } = props
  const strings = useStrings()
  const isOwn = message.user.id === userId
  const rights = rightsOf(props, isOwn)
  const id = `${listId}-${message.id}`
  const isDeleted = message.status === 'deleted'
  return (
    <article
      id={id}
      className="parlor-message"
      data-message-id={message.id}
      data-own={isOwn || undefined}
      data-first={isFirst || undefined}
      data-last={isLast || undefined}
      data-new={isNew || undefined}
      data-open={isOpen || undefined}
      data-marked={isMarked || undefined}
      data-status={message.status}
      data-changing={message.isChanging || undefined}
      aria-labelledby={`${id}-author ${id}-text ${id}-meta`}
      tabIndex={isActive ? 0 : -1}
    >
      {isLast && !isOwn && <Avatar user={message.user} />}
      <div className="parlor-message-body">
        <span id={`${id}-author`} className={isFirst && !isOwn ? 'parlor-message-author' : 'parlor-hidden'}>
          <bdi>{isOwn ? strings.you : (message.user.name ?? strings.someone)}</bdi>
        </span>
        <div className="parlor-bubble-row">
          <div className="parlor-bubble" data-jumbo={(!isDeleted && isJumbo(message.text)) || undefined}>
            <div className="parlor-bubble-content" dir="auto">
              {isDeleted ? (
                <em id={`${id}-text`} className="parlor-message-text">
                  {message.deletedBy !== undefined && message.deletedBy !== message.user.id
                    ? strings.deletedByOther
                    : strings.deleted}
                </em>
              ) : (
                <span id={`${id}-text`} className="parlor-message-text">
                  <MessageText text={message.text} isReachable={isActive} />
                </span>
              )}
              <span id={`${id}-meta`} className="parlor-message-meta">
                {message.editedAt !== undefined && !isDeleted && (
                  <span title={formats.moment(message.editedAt)}>{strings.edited} </span>
                )}
                <time
                  dir="auto"
                  dateTime={new Date(message.createdAt).toISOString()}
                  title={formats.moment(message.createdAt)}
                >
                  {formats.time(message.createdAt)}
                </time>
                {isOwn && !isDeleted && <Delivery status={message.status} strings={strings} />}
              </span>
            </div>
          </div>
          {isOpen && (rights.canReact || rights.canEdit || rights.canRemove) && (
            <MessageToolbar message={message} rights={rights} on={on} />
          )}
        </div>
        {message.reactions.length > 0 && (
          <Reactions
            message={message}
            userId={userId}
            isReachable={isActive}
            canReact={rights.canReact}
            locale={formats.locale}
            onReact={on.react}
          />
        )}
        {message.status === 'failed' && (
          <Failure message={message} canRewrite={props.canRewrite} isReachable={isActive} on={on} strings={strings} />
        )}
      </div>
    </article>
  )
})

function Delivery({ status, strings }: { status: Message['status']; strings: ChatStrings }): ReactNode {
  if (status === 'failed') return null
  return (
    <span className="parlor-delivery" data-status={status}>
      {status === 'pending' ? <ClockIcon /> : <CheckIcon />}
      <span className="parlor-hidden">{status === 'pending' ? strings.sending : strings.sent}</span>
    </span>
  )
}

function Failure({ message, canRewrite, isReachable, on, strings }: FailureProps): ReactNode {
  const tabIndex = isReachable ? 0 : -1
  const wantsRewriting = canRewrite && REFUSED_TEXTS.has(message.error?.code ?? '')
  return (
    <div className="parlor-failure">
      <AlertIcon />
      <span>
        {strings.notSent} {describeError(strings, message.error)}
      </span>
      {wantsRewriting ? (
        <button type="button" className="parlor-button" tabIndex={tabIndex} onClick={() => on.edit(message)}>
          <EditIcon />
          {strings.edit}
        </button>
      ) : (
        <button type="button" className="parlor-button" tabIndex={tabIndex} onClick={() => on.retry(message.id)}>
          <RetryIcon />
          {strings.retry}
        </button>
      )}
      <button
        type="button"
        className="parlor-button"
        tabIndex={tabIndex}
        onClick={(event) => {
          focusNeighbour(event.currentTarget)
          on.discard(message.id)
        }}
      >
        <CloseIcon />
        {strings.discard}
      </button>
    </div>
  )
}

/** The same text would be refused again. */
const REFUSED_TEXTS: ReadonlySet<string> = new Set(['message_too_long', 'invalid'])

/** The message is about to go; the focus must not go with it. */
function focusNeighbour(button: HTMLElement): void {
  const message = button.closest('[data-message-id]')
  const neighbour = message?.nextElementSibling ?? message?.previousElementSibling
  if (neighbour instanceof HTMLElement) neighbour.focus()
}

/** What isn't stored yet can't be changed yet; a failed message has its own two buttons. */
function rightsOf(
  { message, canReact, canEditOwn, canRemoveOwn, canRemoveAny }: Rights,
  isOwn: boolean,
): MessageRights {
  const isStored = message.status === 'sent'
  return {
    canReact: isStored && canReact,
    canEdit: isStored && isOwn && canEditOwn,
    canRemove: isStored && (canRemoveAny || (isOwn && canRemoveOwn)),
  }
}

// --- types ---

export interface MessageRights {
  canReact: boolean
  canEdit: boolean
  canRemove: boolean
}

/** Keeps its identity for as long as the list lives. */
export interface MessageHandlers {
  react(id: string, emoji: string, on: boolean): void
  /** Opens the emoji beside the button. */
  pick(message: Message, button: HTMLElement): void
  edit(message: Message): void
  remove(id: string): void
  retry(id: string): void
  discard(id: string): void
}

interface Rights {
  message: Message
  canReact: boolean
  canEditOwn: boolean
  canRemoveOwn: boolean
  canRemoveAny: boolean
}

export interface MessageItemProps extends Rights {
  /** A text that was refused can be written again. */
  canRewrite: boolean
  /** Makes the ids in the page unique. */
  listId: string
  /** The reader's id; undefined until it is known. */
  userId: string | undefined
  /** First and last of a run of messages by one author. */
  isFirst: boolean
  isLast: boolean
  /** It arrived while the list was on the screen. */
  isNew: boolean
  /** It is the one that the Tab key stops at. */
  isActive: boolean
  /** Its toolbar is shown. */
  isOpen: boolean
  /** It is the one that was looked for. */
  isMarked: boolean
  formats: Formats
  on: MessageHandlers
}

interface FailureProps {
  message: Message
  canRewrite: boolean
  isReachable: boolean
  on: MessageHandlers
  strings: ChatStrings
}
