'use client'
import Link, { useLinkStatus } from 'next/link'
import { usePathname } from 'next/navigation'
import { LocalTime } from './local-time.tsx'
import { roomPath } from './paths.ts'
import css from './room-list.module.css'
import { RoomMark } from './room-mark.tsx'
import { PUBLIC_ROOMS, roomNameOf } from './rooms.ts'
/** RoomList shows the public rooms and one's own, with the newest message of each. */
import type { RoomSummary } from './use-room-list.ts'
import { useRoomList } from './use-room-list.ts'

export function RoomList({ initial }: { initial: RoomSummary[] | null }) {
  const rooms = useRoomList(initial)
  const openRoomId = decodeURIComponent(usePathname().replace(/^\/rooms\//, ''))
  const own = rooms?.filter(({ room }) => room.kind !== 'public') ?? []
  // A public room that nobody has used yet isn't in the service's list; its door is open all the same.
  const open = PUBLIC_ROOMS.map(({ id }) => ({ id, summary: rooms?.find(({ room }) => room.id === id) }))
  return (
    <>
      <h2 className={css.heading}>Open to everybody</h2>
      <ul>
        {open.map(({ id, summary }) => (
          <RoomLink key={id} id={id} summary={summary} isOpen={id === openRoomId} />
        ))}
      </ul>
      <h2 className={css.heading}>Private</h2>
      {own.length === 0 ? (
        <p className={css.empty}>
          {rooms ? 'No private room yet. Make one with the plus above.' : 'They appear when the chat is back.'}
        </p>
      ) : (
        <ul>
          {own.map((summary) => (
            <RoomLink
              key={summary.room.id}
              id={summary.room.id}
              summary={summary}
              isOpen={summary.room.id === openRoomId}
            />
          ))}
        </ul>
      )}
    </>
  )
}

function RoomLink({ id, summary, isOpen }: { id: string; summary: RoomSummary | undefined; isOpen: boolean }) {
  const last = summary?.lastMessage
  return (
    <li>
      <Link href={roomPath(id)} className={css.room} aria-current={isOpen ? 'page' : undefined}>
        <Mark id={id} />
        <span className={css.name}>
          <bdi>{roomNameOf(summary?.room ?? { id, name: null })}</bdi>
        </span>
        {last && <LocalTime className={css.time} at={last.createdAt} />}
        <span className={css.line}>{describe(last)}</span>
      </Link>
    </li>
  )
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

function describe(last: RoomSummary['lastMessage'] | undefined) {
  if (!last) return 'Nobody has spoken yet'
  if (last.deletedAt) return 'A message was deleted'
  return (
    <>
      <bdi>{last.user.name ?? 'Someone'}</bdi>: <bdi>{last.text}</bdi>
    </>
  )
}
