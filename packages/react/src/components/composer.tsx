'use client'
/** Composer: where a message is written, and an own one is edited. What was typed is never lost. */
import type { ChatError, Message } from '@parlor/client'
import { memo, type ReactNode, useEffect, useRef, useState } from 'react'
import { useChatContext, useStrings } from '../chat-context.ts'
import { type ChatStrings, describeError, fill } from '../strings.ts'
import type { UseChatResult } from '../use-chat.ts'
import { ComposerField } from './composer-field.tsx'
import { AlertIcon, CloseIcon, EditIcon } from './icons.tsx'

/**
 * Enter sends and Shift+Enter starts a new line; on touch screens Enter starts a new line and the button sends. ArrowUp
 * in an empty composer edits one's last message, Escape ends it. Text that isn't sent stays with its room.
 */
export const Composer = memo(function Composer(props: ComposerProps): ReactNode {
  // Another room is another composer, with its own text and undo history.
  return <RoomComposer key={props.chat.roomId} {...props} />
})

function RoomComposer(props: ComposerProps): ReactNode {
  const { chat, editing, onEdit, maxLength = MAX_TEXT_CHARS } = props
  const strings = useStrings()
  const { userId } = useChatContext()
  const [refused, setRefused] = useState<RefusedEdit | null>(null)
  const [hasEdited, setHasEdited] = useState(false)
  const reason = reasonNotToWrite(chat, userId === null, strings)
  const common = { maxLength, reason }
  if (editing && onEdit) {
    const isResumed = refused?.message.id === editing.id
    const wasSent = editing.status !== 'failed'
    return (
      <div className="parlor parlor-composer">
        <div className="parlor-composer-bar">
          <EditIcon />
          {strings.editing}
          <button
            type="button"
            className="parlor-icon-button"
            aria-label={strings.cancel}
            title={strings.cancel}
            onClick={() => {
              setHasEdited(true)
              onEdit(null)
            }}
          >
            <CloseIcon />
          </button>
        </div>
        <ComposerField
          {...common}
          key={editing.id}
          label={strings.editing}
          placeholder={editing.text}
          submitLabel={wasSent ? strings.save : strings.send}
          submitKind={wasSent ? 'save' : 'send'}
          initialText={isResumed ? refused.text : editing.text}
          hasFocus
          onEscape={() => {
            setHasEdited(true)
            onEdit(null)
          }}
          onSubmit={(text) => {
            setRefused(null)
            setHasEdited(true)
            onEdit(null)
            if (text === editing.text) return
            if (!wasSent) {
              // Its place is at the end now, and if it is refused again, it stands there.
              chat.discard(editing.id).catch(() => {})
              chat.send(text).catch(() => {})
              return
            }
            chat.edit(editing.id, text).catch((error: ChatError) => setRefused({ message: editing, text, error }))
          }}
        />
      </div>
    )
  }
  return (
    <div className="parlor parlor-composer">
      {refused && (
        <div className="parlor-composer-bar" data-kind="error" role="alert">
          <AlertIcon />
          {fill(strings.changeFailed, { reason: describeError(strings, refused.error) })}
          {onEdit && (
            <button type="button" className="parlor-button" onClick={() => onEdit(refused.message)}>
              {strings.edit}
            </button>
          )}
          <button
            type="button"
            className="parlor-icon-button"
            aria-label={strings.dismiss}
            title={strings.dismiss}
            onClick={() => setRefused(null)}
          >
            <CloseIcon />
          </button>
        </div>
      )}
      <SendField {...props} {...common} hasFocus={hasEdited} />
    </div>
  )
}

function SendField({ chat, onEdit, placeholder, maxLength, reason, hasFocus }: SendFieldProps): ReactNode {
  const strings = useStrings()
  const { client, drafts } = useChatContext()
  const field = useRef<HTMLTextAreaElement>(null)
  const latest = useRef(chat)
  useEffect(() => {
    latest.current = chat
  })

  const send = (text: string): void => {
    chat.send(text).catch(() => {
      // A refused message stays in the list as failed. Should there be no such row, the text comes back here.
      setTimeout(() => {
        const isKept = latest.current.messages.some((message) => message.text === text && message.status !== 'sent')
        const input = field.current
        if (isKept || !input || input.value.includes(text)) return
        input.value = input.value ? `${text}\n${input.value}` : text
        input.dispatchEvent(new Event('input', { bubbles: true }))
      })
    })
  }

  const name = chat.room?.name
  return (
    <ComposerField
      ref={field}
      label={strings.composer}
      placeholder={
        placeholder ?? (name ? fill(strings.composerPlaceholderRoom, { room: name }) : strings.composerPlaceholder)
      }
      submitLabel={strings.send}
      submitKind="send"
      initialText={drafts.get(chat.roomId) ?? ''}
      maxLength={maxLength}
      reason={reason}
      hasFocus={hasFocus}
      action={
        reason !== null && chat.status === 'live' && chat.can('room.join') && !chat.me ? (
          <button type="button" className="parlor-button" onClick={() => void chat.join().catch(() => {})}>
            {strings.join}
          </button>
        ) : null
      }
      onText={(text) => {
        drafts.set(chat.roomId, text)
        client.room(chat.roomId).setTyping(text.trim() !== '')
      }}
      onArrowUp={() => {
        const last = chat.messages.findLast((message) => isEditable(message, chat))
        if (last) onEdit?.(last)
      }}
      onSubmit={send}
    />
  )
}

/** The protocol's limit for a text; a service can only set a lower one. */
const MAX_TEXT_CHARS = 4_000

function isEditable(message: Message, chat: UseChatResult): boolean {
  return message.status === 'sent' && message.user.id === chat.user?.id && chat.can('message.edit.own')
}

/** Null as long as sending may work: while the room is still unknown, what is written waits and is sent. */
function reasonNotToWrite(chat: UseChatResult, isSignedOut: boolean, strings: ChatStrings): string | null {
  if (isSignedOut) return strings.signedOut
  if (chat.status === 'denied') return describeError(strings, chat.error, strings.denied)
  return chat.room === null || chat.can('message.send') ? null : strings.cannotSend
}

// --- types ---

export interface ComposerProps {
  chat: UseChatResult
  /** The own message that is being edited. */
  editing?: Message | null | undefined
  /** Called with a message to begin editing it, with null when that ends. Without it, nothing is edited here. */
  onEdit?: ((message: Message | null) => void) | undefined
  /** In UTF-16 code units; the service's `limits.textChars` if that was lowered. Default 4000. */
  maxLength?: number | undefined
  placeholder?: string | undefined
}

interface SendFieldProps extends ComposerProps {
  maxLength: number
  reason: string | null
  hasFocus: boolean
}

interface RefusedEdit {
  message: Message
  text: string
  error: ChatError
}
