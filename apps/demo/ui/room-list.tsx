'use client'
/** RoomList shows the public rooms and one's own, with the newest message of each as it comes. */
import { useChat } from '@parlor/react'
import Link, { useLinkStatus } from 'next/link'
import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { LocalTime } from './local-time.tsx'
import { roomPath } from './paths.ts'
import css from './room-list.module.css'
import { RoomMark } from './room-mark.tsx'
import { PUBLIC_ROOMS, roomNameOf, topicOf } from './rooms.ts'
import { type RoomSummary, useRoomList } from './use-room-list.ts'

export function RoomList({ initial, userId }: { initial: RoomSummary[] | null; userId: string }) {
  const rooms = useRoomList(initial)
  const path = usePathname()
  const own = rooms?.filter(({ room }) => room.kind !== 'public') ?? []
  // A public room that nobody has used yet isn't in the service's list; its door is open all the same.
  const open = PUBLIC_ROOMS.map(({ id }) => ({ id, summary: rooms?.find(({ room }) => room.id === id) }))
  return (
    <>
      <h2 className={css.heading}>Open to everybody</h2>
      <ul>
        {open.map(({ id, summary }) => (
          <RoomLink key={id} id={id} userId={userId} summary={summary} isOpen={path === roomPath(id)} isFollowed />
        ))}
      </ul>
      <h2 className={css.heading}>Private</h2>
      {own.length === 0 ? (
        <p className={css.empty}>
          {rooms ? 'No private room yet. Make one with the plus above.' : 'They appear when the chat is back.'}
        </p>
      ) : (
        <ul>
          {own.map((summary, index) => (
            <RoomLink
              key={summary.room.id}
              id={summary.room.id}
              userId={userId}
              summary={summary}
              isOpen={path === roomPath(summary.room.id)}
              isFollowed={index < MAX_FOLLOWED}
            />
          ))}
        </ul>
      )}
    </>
  )
}

/** Rooms further down show their newest message as of the last time the list was read. */
const MAX_FOLLOWED = 12

function RoomLink({ id, userId, summary, isOpen, isFollowed }: RoomLinkProps) {
  // The page of the room follows it too; it is opened once.
  const chat = useChat({ roomId: id, enabled: isFollowed })
  const live = chat.hasNewer ? undefined : chat.messages.findLast(({ seq }) => seq !== undefined)
  const listed = summary?.lastMessage ?? undefined
  const last = (live?.seq ?? 0) >= (listed?.seq ?? 0) ? live : listed
  // Without an answer of the chat, nobody can say that nobody has spoken.
  const isKnown = summary !== undefined || !chat.isLoading
  const isUnread = useUnread(last?.seq, isOpen || last?.user.id === userId)
  return (
    <li>
      <Link
        href={roomPath(id)}
        className={css.room}
        aria-current={isOpen ? 'page' : undefined}
        data-unread={isUnread || undefined}
      >
        <Mark id={id} />
        <span className={css.name}>
          <bdi>{roomNameOf(chat.room ?? summary?.room ?? { id, name: null })}</bdi>
        </span>
        {last && <LocalTime className={css.time} at={last.createdAt} />}
        <span className={css.line}>{isKnown ? describe(last, userId) : topicOf(id)}</span>
        {isUnread && (
          <span className={css.dot}>
            <span className="visually-hidden">New messages</span>
          </span>
        )}
      </Link>
    </li>
  )
}

/** Whether something came since the room was last open on this page. */
function useUnread(seq: number | undefined, isSeen: boolean): boolean {
  const [seenSeq, setSeenSeq] = useState(seq)
  if (seq !== seenSeq && (isSeen || seenSeq === undefined)) setSeenSeq(seq)
  return !isSeen && seq !== undefined && seenSeq !== undefined && seq > seenSeq
}

/** Dims while its page is on the way. */
function Mark({ id }: { id: string }) {
  const { pending } = useLinkStatus()
  return (
    <span className={pending ? `${css.mark} ${css.pending}` : css.mark}>
      <RoomMark roomId={id} />
    </span>
  )
}

function describe(last: LastMessage | undefined, userId: string) {
  if (!last) return 'Nobody has spoken yet'
  if (last.deletedAt !== undefined) return 'Message deleted'
  return (
    <>
      <bdi>{last.user.id === userId ? 'You' : (last.user.name ?? 'Someone')}</bdi>: <bdi>{last.text}</bdi>
    </>
  )
}

// --- types ---

interface RoomLinkProps {
  id: string
  userId: string
  summary: RoomSummary | undefined
  isOpen: boolean
  isFollowed: boolean
}

type LastMessage = Pick<NonNullable<RoomSummary['lastMessage']>, 'user' | 'text' | 'deletedAt'>
