/** The bus: how nodes tell each other what was committed. It may lose, double and reorder: the seqs tell. */
import type { Change } from '../store/change.ts'

export interface Bus {
  /**
   * Every change is told here before its commit is answered to anybody, and none is lost: so it is with one node. Then a
   * feed is as new as anything that a client may have been told, and may answer without asking the store.
   */
  readonly isComplete: boolean

  /** Whether this node and the others hear each other now, as far as it knows. */
  readonly isUp: boolean

  /** What this node could not tell the others since its start. */
  readonly lost: number

  /**
   * Tells every node that follows the room: this one before it returns, the others soon. Never throws and never waits; a
   * loss is repaired by the heads check.
   */
  publish(roomId: string, changes: readonly Change[]): void

  /**
   * Follows a room. `ready` is fulfilled when everything published from then on will arrive, as far as the bus can; while
   * other nodes can't be heard, at once.
   */
  subscribe(roomId: string, listener: (changes: readonly Change[]) => void): Subscription

  /** Tells every node, this one included, what isn't a change of a room. */
  notify(notice: Notice): void

  /** Follows the notices. */
  onNotice(listener: (notice: Notice) => void): void

  /** Calls back when other nodes are heard again, or for the first time: what they told before is lost. */
  onRestored(listener: () => void): void

  /** Tells the other nodes what was spent here. It needn't arrive: under pressure it is left out first, and not counted. */
  tellSpent(spent: Spent): void

  /** Follows what the others tell of this. */
  onSpent(listener: (spent: Spent) => void): void

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

/** Messages of users and in rooms that count against their limits, on a node, in the last moment. */
export interface Spent {
  users: readonly (readonly [userId: string, count: number])[]
  rooms: readonly (readonly [roomId: string, count: number])[]
}
