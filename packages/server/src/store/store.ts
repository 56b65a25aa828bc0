/** The store: where rooms live. One interface per feature; this is their intersection. */
import type { MemberStore } from './members.ts'
import type { MessageStore } from './messages.ts'
import type { ReactionStore } from './reactions.ts'
import type { RoomStore } from './rooms.ts'
import type { SessionStore } from './sessions.ts'

/**
 * Every backend keeps these promises, and the contract suites check them:
 * - A method that changes something is one whole fact: it takes effect atomically and durably, or not at all. Its promise
 *   is fulfilled after the commit. Rejected with `unavailable` or `timeout`, its outcome is unknown to the caller.
 * - A refusal is a rejection with a ChatError whose action is `tell` (or `out_of_order`), decided inside the transaction.
 * - A reading method answers from one snapshot: epoch, head, membership and rows belong together.
 * - Commits of one room are fulfilled in the order of their seqs.
 * - A room that exists only by a pattern (never written) is a room like any other, with head 0, where the caller says that
 *   the pattern allows it (`isOpen`).
 */
export interface Store extends RoomStore, MemberStore, MessageStore, ReactionStore, SessionStore {
  /**
   * Names this start of the database; a new one at every start, restore and reset. Changes carry the epoch that they
   * were made in, which is the `startId` of their time.
   */
  readonly startId: string
  /** Rejects with `unavailable` when a write could not be made now. */
  checkHealth(): Promise<void>
  /** Waits for what is under way, then releases everything. */
  close(): Promise<void>
}
