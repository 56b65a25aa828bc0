/** Entry: one message in the outbox. */
import type { JsonObject } from '@parlor/protocol'
import type { ChatError } from './errors.ts'

export interface Content {
  text: string
  data?: JsonObject
}

/** One message on its way. Immutable: a changed entry is a new object. */
export interface Entry extends Content {
  readonly id: string
  readonly createdAt: number
  /**
   * `waiting`: to be sent, or sent again. `stored`: its row is on the way. `refused`: for good, and told as `failed` when
   * no later page can send it. `cancelling`: discarded, not shown.
   */
  readonly phase: 'waiting' | 'stored' | 'refused' | 'failed' | 'cancelling'
  /** Tries so far; a try that was refused only for now, with nothing in doubt, doesn't count. */
  readonly attempt: number
  /** A try may have reached the service, and its outcome isn't known. */
  readonly isInDoubt: boolean
  /** The id can't be used again. */
  readonly isBurned: boolean
  readonly seq?: number
  readonly error?: ChatError
}

export function isStored({ phase }: Entry): boolean {
  return phase === 'stored'
}

/** Whether rows that are complete up to `reached` show it, or deliberately don't. */
export function isShownAsRow(entry: Entry, reached: number): boolean {
  return isStored(entry) && entry.seq !== undefined && entry.seq <= reached
}
