'use client'
/** Room is a room in the browser: its name, its messages, where to write, and who is there. */
import {
  Composer,
  ConnectionBanner,
  type Message,
  MessageList,
  PresenceCount,
  TypingIndicator,
  type UseChatOptions,
  useChat,
} from '@parlor/react'
import Link from 'next/link'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import controls from './controls.module.css'
import { BackIcon, CloseIcon, LockIcon, PeopleIcon } from './icons.tsx'
import type { AddPeople } from './manage-rooms.ts'
import { MemberPanel } from './member-panel.tsx'
import css from './room.module.css'
import { RoomMark } from './room-mark.tsx'
import { roomNameOf, topicOf } from './rooms.ts'
import { useIsWide } from './use-is-wide.ts'

export function Room({ roomId, initial, addPeople }: RoomProps) {
  const chat = useChat({ roomId, initial })
  const [editing, setEditing] = useState<Message | null>(null)
  const isWide = useIsWide()
  // Null until somebody chose: then beside the conversation where there is space for it.
  const [choice, setChoice] = useState<boolean | null>(null)
  const isPanelOpen = choice ?? isWide
  const membersButton = useRef<HTMLButtonElement>(null)
  const panelTitle = useRef<HTMLHeadingElement>(null)
  const isCovered = choice === true && !isWide
  useEffect(() => {
    if (isCovered) panelTitle.current?.focus()
  }, [isCovered])

  // Who was removed while the room was open keeps what was said before; afterwards the door is simply closed.
  const isClosed = chat.error?.code === 'room_not_found' || (chat.error?.code === 'removed' && !chat.room)
  const isMissing = chat.status === 'denied' && isClosed
  if (isMissing) return <MissingRoom />

  const closePanel = () => {
    setChoice(false)
    membersButton.current?.focus()
  }
  const onPanelKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && isCovered) closePanel()
  }
  // The message may be deleted, or refused, while it is being edited.
  const edited = editing && chat.messages.find(({ id, status }) => id === editing.id && status === 'sent')
  const isPrivate = chat.room?.kind === 'private'
  const name = roomNameOf(chat.room ?? { id: roomId, name: null })
  return (
    <main className={css.room} data-panel={choice === null ? 'auto' : choice ? 'open' : 'closed'}>
      <header className={css.head}>
        <Link href="/" className={`${controls.icon} ${css.back}`} aria-label="Back to all rooms">
          <BackIcon />
        </Link>
        <RoomMark roomId={roomId} />
        <div className={css.names}>
          <h1 className={css.name}>
            <bdi>{name}</bdi>
          </h1>
          <p className={css.about}>
            {isPrivate && <LockIcon />}
            <span className={css.topic}>{topicOf(roomId) ?? (isPrivate ? 'Only its members see it' : 'A room')}</span>
          </p>
        </div>
        <button
          ref={membersButton}
          type="button"
          className={css.people}
          aria-expanded={isPanelOpen}
          aria-controls="members"
          onClick={() => setChoice(!isPanelOpen)}
        >
          <PeopleIcon />
          <span className="visually-hidden">Members</span> {chat.room?.memberCount}
        </button>
      </header>
      <div className={css.talk} inert={isCovered}>
        <ConnectionBanner />
        <MessageList chat={chat} onEdit={setEditing} />
        <TypingIndicator roomId={roomId} />
        <Composer chat={chat} editing={edited ?? null} onEdit={setEditing} placeholder={`Message ${name}`} />
      </div>
      <aside className={css.panel} id="members" aria-label="Members" onKeyDown={onPanelKeyDown}>
        <header className={css.panelHead}>
          <h2 ref={panelTitle} className={css.panelTitle} tabIndex={-1}>
            In this room
          </h2>
          <PresenceCount roomId={roomId} />
          <button
            type="button"
            className={`${controls.icon} ${css.panelClose}`}
            aria-label="Close members"
            onClick={closePanel}
          >
            <CloseIcon />
          </button>
        </header>
        <MemberPanel chat={chat} roomId={roomId} addPeople={addPeople} />
      </aside>
    </main>
  )
}

function MissingRoom() {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <main className={controls.notice}>
      <div>
        <h1 ref={heading} tabIndex={-1}>
          This door is closed
        </h1>
        <p>There is no such room, or it isn’t open to you. Somebody who is in it can add you by your name.</p>
        <Link href="/" className={controls.button}>
          Back to all rooms
        </Link>
      </div>
    </main>
  )
}

// --- types ---

interface RoomProps {
  roomId: string
  initial: UseChatOptions['initial']
  addPeople: AddPeople
}
