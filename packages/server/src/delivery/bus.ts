/** The bus: how nodes tell each other what was committed. It may lose, double and reorder: the seqs tell. */
import type { Change } from '../store/change.ts'

export interface Bus {
  /**
   * Every change is told here before its commit is answered to anybody, and none is lost: so it is with one node. Then a
   * feed is as new as anything that a client may have been told, and may answer without asking the store.
   */
  readonly isComplete: boolean

  /** Tells every node that follows the room, this one included. Never throws; a loss is repaired by the heads check. */
  publish(roomId: string, changes: readonly Change[]): void

  /** Follows a room. `ready` is fulfilled when everything published from then on will arrive. */
  subscribe(roomId: string, listener: (changes: readonly Change[]) => void): Subscription

  /** Tells every node, this one included, what isn't a change of a room. */
  notify(notice: Notice): void

  /** Follows the notices. */
  onNotice(listener: (notice: Notice) => void): void

  close(): Promise<void>
}

export interface Subscription {
  ready: Promise<void>
  close(): void
}

/** A sign-in was revoked: its connections close within a second. */
export interface Notice {
  type: 'session.revoked'
  sid: string
}
