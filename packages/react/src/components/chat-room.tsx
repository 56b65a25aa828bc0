'use client'
/** ChatRoom: a whole room, put together from the components beside it. */
import type { Message } from '@parlor/client'
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import { useStrings } from '../chat-context.ts'
import { fillCount } from '../strings.ts'
import { type UseChatOptions, type UseChatResult, useChat } from '../use-chat.ts'
import { Avatar } from './avatar.tsx'
import { Composer } from './composer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { CloseIcon } from './icons.tsx'
import { MemberList } from './member-list.tsx'
import { MessageList } from './message-list.tsx'
import { PresenceCount } from './presence-count.tsx'
import { TypingIndicator } from './typing-indicator.tsx'

/**
 * Fills its container, so give that a height.
 *
 * @example <ChatRoom roomId="general" initial={initial} />
 */
export function ChatRoom(props: ChatRoomProps): ReactNode {
  const { roomId, initial, enabled, onEvent, onGap, title, header, markedId, emoji, maxLength, placeholder } = props
  const chat = useChat({ roomId, initial, enabled, onEvent, onGap })
  const strings = useStrings()
  const [editing, setEditing] = useState<Message | null>(null)
  const [showsMembers, setShowsMembers] = useState(false)
  const membersId = useId()
  const membersButton = useRef<HTMLButtonElement>(null)
  // The message may be deleted, or the room changed, while it is being edited.
  const current = editing && chat.messages.find(({ id, status }) => id === editing.id && CHANGEABLE.has(status))

  const closeMembers = (): void => {
    setShowsMembers(false)
    membersButton.current?.focus()
  }
  const onPanelKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') closeMembers()
  }

  return (
    <section className="parlor parlor-room" aria-label={title ?? chat.room?.name ?? roomId}>
      {header === undefined ? (
        <header className="parlor-header">
          <h2 className="parlor-header-title">
            <bdi>{title ?? chat.room?.name ?? roomId}</bdi>
          </h2>
          <PresenceCount roomId={roomId} />
          {chat.room && (
            <button
              ref={membersButton}
              type="button"
              className="parlor-header-members"
              aria-expanded={showsMembers}
              aria-controls={showsMembers ? membersId : undefined}
              onClick={() => setShowsMembers(!showsMembers)}
            >
              <Faces chat={chat} />
              {fillCount(strings.memberCount, chat.room.memberCount, undefined)}
            </button>
          )}
        </header>
      ) : typeof header === 'function' ? (
        header(chat)
      ) : (
        header
      )}
      <div className="parlor-room-main">
        <div className="parlor-room-conversation">
          <ConnectionBanner />
          <MessageList chat={chat} onEdit={setEditing} markedId={markedId} emoji={emoji} />
          <TypingIndicator roomId={roomId} />
          <Composer
            chat={chat}
            editing={current ?? null}
            onEdit={setEditing}
            maxLength={maxLength}
            placeholder={placeholder}
          />
        </div>
        {showsMembers && (
          <aside id={membersId} className="parlor-room-aside" aria-label={strings.members} onKeyDown={onPanelKeyDown}>
            <div className="parlor-room-aside-head">
              <h3>{strings.members}</h3>
              <button
                type="button"
                className="parlor-icon-button"
                aria-label={strings.closeMembers}
                onClick={closeMembers}
              >
                <CloseIcon />
              </button>
            </div>
            <MemberList chat={chat} />
          </aside>
        )}
      </div>
    </section>
  )
}

/** A failed message is written again, and sent as a new one. */
const CHANGEABLE: ReadonlySet<Message['status']> = new Set(['sent', 'failed'])

function Faces({ chat }: { chat: UseChatResult }): ReactNode {
  return (
    <span className="parlor-faces" aria-hidden="true">
      {chat.members.slice(0, 3).map(({ userId, name, picture }) => (
        <Avatar key={userId} user={{ id: userId, name, picture }} size="small" />
      ))}
    </span>
  )
}

// --- types ---

export interface ChatRoomProps extends UseChatOptions {
  /** Stands in the header instead of the room's name. */
  title?: string | undefined
  /** Replaces the header; null leaves it out. */
  header?: ReactNode | ((chat: UseChatResult) => ReactNode)
  /** A message to bring into sight and to mark. */
  markedId?: string | undefined
  /** What the reaction picker offers. */
  emoji?: readonly string[] | undefined
  /** The service's `limits.textChars`, if that was lowered. */
  maxLength?: number | undefined
  placeholder?: string | undefined
}
