/** OfflineRoom: a room that takes part in what is kept on the device, as those who keep it see it. */
import type { Entry } from '../outbox-entry.ts'
import type { RoomState } from '../room-state.ts'
import type { ShelfKeeper } from './shelf.ts'

export interface OfflineRoom {
  /** Null while it has nothing that a later page could show. */
  state(): RoomState | null
  restore(kept: Restored): void
  /** These are another page's now. */
  lose(ids: readonly string[]): void
  /** What waited for the device may go on. */
  settled(): void
}

export interface Restored {
  state?: RoomState | undefined
  entries: readonly Entry[]
  /** They were typed before whatever is typed on this page. */
  isFirst: boolean
}

/** With the place where its outbox is kept. */
export type ShelvedRoom = OfflineRoom & { shelf: ShelfKeeper }
