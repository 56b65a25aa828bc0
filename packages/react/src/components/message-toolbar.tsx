'use client'
/** MessageToolbar: what can be done with a message: react, edit, delete. */
import type { Message } from '@parlor/client'
import { type ReactNode, useState } from 'react'
import { useStrings } from '../chat-context.ts'
import { EditIcon, SmileIcon, TrashIcon } from './icons.tsx'
import type { MessageHandlers, MessageRights } from './message-item.tsx'

export function MessageToolbar({ message, rights, on }: MessageToolbarProps): ReactNode {
  const strings = useStrings()
  const [isConfirming, setIsConfirming] = useState(false)
  if (isConfirming) {
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
      <div className="parlor-toolbar" data-asking="" role="group" aria-label={strings.confirmRemove}>
        <span className="parlor-toolbar-question">{strings.confirmRemove}</span>
        <button
          type="button"
          className="parlor-button"
          data-kind="danger"
          onClick={(event) => {
            focusMessage(event.currentTarget)
            setIsConfirming(false)
            on.remove(message.id)
          }}
        >
          {strings.remove}
        </button>
        <button
          type="button"
          className="parlor-button"
          // biome-ignore lint/a11y/noAutofocus: the question takes the place of the button that asked it.
          autoFocus
          onClick={(event) => {
            focusMessage(event.currentTarget)
            setIsConfirming(false)
          }}
        >
          {strings.cancel}
        </button>
      </div>
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div className="parlor-toolbar" role="group" aria-label={strings.actions}>
      {rights.canReact && (
        <button
          type="button"
          className="parlor-icon-button"
          aria-label={strings.addReaction}
          title={strings.addReaction}
          aria-haspopup="dialog"
          onClick={(event) => on.pick(message, event.currentTarget)}
        >
          <SmileIcon />
        </button>
      )}
      {rights.canEdit && (
        <button
          type="button"
          className="parlor-icon-button"
          aria-label={strings.edit}
          title={strings.edit}
          onClick={() => on.edit(message)}
        >
          <EditIcon />
        </button>
      )}
      {rights.canRemove && (
        <button
          type="button"
          className="parlor-icon-button"
          data-kind="danger"
          aria-label={strings.remove}
          title={strings.remove}
          onClick={() => setIsConfirming(true)}
        >
          <TrashIcon />
        </button>
      )}
    </div>
  )
}

/** The button is about to go; the focus must not go with it. */
function focusMessage(button: HTMLElement): void {
  button.closest<HTMLElement>('[data-message-id]')?.focus()
}

// --- types ---

export interface MessageToolbarProps {
  message: Message
  rights: MessageRights
  on: MessageHandlers
}
