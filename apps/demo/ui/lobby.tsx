/** Lobby is the page beside the room list when no room is open; on a phone its greeting stands above the list. */
import { FloorPlan } from './floor-plan.tsx'
import css from './lobby.module.css'
import type { DemoUser } from './people.ts'

export function Lobby({ user }: { user: DemoUser }) {
  return (
    <main className={css.lobby}>
      <div className={css.words}>
        <h1 className={css.title}>
          Good to see you, <bdi>{user.name.split(' ')[0]}</bdi>.
        </h1>
        <p className={css.lead}>
          Three rooms are always open. Where would you like to sit? For a room with a door that closes, use the plus.
        </p>
      </div>
      <FloorPlan className={css.plan} isOpen />
    </main>
  )
}
