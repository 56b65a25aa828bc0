'use client'

/** Room is a room in the browser: its name, its messages, where to write, and who is there. */
import { Composer, ConnectionBanner, type Message, MessageList, type UseChatOptions, useChat } from '@parlor/react'
import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import controls from './controls.module.css'
import dialogCss from './dialog.module.css'
import { BackIcon, CloseIcon, LockIcon, PeopleIcon } from './icons.tsx'
import type { AddPeople } from './manage-rooms.ts'
import { MemberPanel } from './member-panel.tsx'
import css from './room.module.css'
import { RoomMark } from './room-mark.tsx'
import { roomNameOf, topicOf } from './rooms.ts'

export function Room({ roomId, userId, initial, addPeople }: RoomProps) {
  const chat = useChat({ roomId, initial })
  const [editing, setEditing] = useState<Message | null>(null)
  const [isPanelOpen, setPanelOpen] = useState(true)
  const dialog = useRef<HTMLDialogElement>(null)

  if (chat.error?.code === 'room_not_found' && chat.status === 'denied') return <MissingRoom />

  const name = roomNameOf(chat.room ?? { id: roomId, name: null })
  const topic = topicOf(roomId)
  const count = chat.room?.memberCount ?? chat.members.length
  const panel = <MemberPanel chat={chat} roomId={roomId} userId={userId} addPeople={addPeople} />
  return (
    <main className={css.room} data-panel={isPanelOpen ? 'open' : 'closed'}>
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
            {chat.room?.kind === 'private' && <LockIcon />}
            <span className={css.topic}>{topic ?? (chat.room ? 'Private: only its members see it' : 'Room')}</span>
          </p>
        </div>
        <button
          type="button"
          className={`${css.people} ${css.wide}`}
          aria-expanded={isPanelOpen}
          aria-controls="members"
          onClick={() => setPanelOpen(!isPanelOpen)}
        >
          <PeopleIcon />
          <MemberCount count={count} />
        </button>
        <button
          type="button"
          className={`${css.people} ${css.narrow}`}
          aria-haspopup="dialog"
          onClick={() => dialog.current?.showModal()}
        >
          <PeopleIcon />
          <MemberCount count={count} />
        </button>
      </header>
      <div className={css.talk}>
        <ConnectionBanner />
        <MessageList chat={chat} onEdit={setEditing} />
        <Composer chat={chat} editing={editing} onEdit={setEditing} />
      </div>
      <aside className={css.panel} id="members" aria-label="Members">
        <h2 className={css.panelTitle}>In this room</h2>
        {panel}
      </aside>
      <dialog ref={dialog} className={dialogCss.dialog} aria-label="Members">
        <header className={dialogCss.head}>
          <h2 className={dialogCss.title}>In this room</h2>
          <button type="button" className={controls.icon} aria-label="Close" onClick={() => dialog.current?.close()}>
            <CloseIcon />
          </button>
        </header>
        <div className={dialogCss.sheet}>{panel}</div>
      </dialog>
    </main>
  )
}

function MemberCount({ count }: { count: number }) {
  return (
    <>
      <span className="visually-hidden">Members: </span>
      {count}
    </>
  )
}

function MissingRoom() {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <main className={css.missing}>
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
  userId: string
  initial: UseChatOptions['initial']
  addPeople: AddPeople
}
