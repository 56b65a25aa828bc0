/** Lobby is the page beside the room list when no room is open; on a phone the list stands alone. */
import Link from 'next/link'
import css from './lobby.module.css'
import { roomPath } from './paths.ts'
import type { DemoUser } from './people.ts'
import { RoomMark } from './room-mark.tsx'
import { PUBLIC_ROOMS } from './rooms.ts'

export function Lobby({ user }: { user: DemoUser }) {
  return (
    <main className={css.lobby}>
      <div className={css.inner}>
        <h1 className={css.title}>
          Good to see you, <bdi>{user.name.split(' ')[0]}</bdi>.
        </h1>
        <p className={css.lead}>Three rooms are always open. Where would you like to sit?</p>
        <ul className={css.doors}>
          {PUBLIC_ROOMS.map((room) => (
            <li key={room.id}>
              <Link href={roomPath(room.id)} className={css.door}>
                <RoomMark roomId={room.id} size={56} />
                <span className={css.name}>{room.name}</span>
                <span className={css.topic}>{room.topic}</span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </main>
  )
}
