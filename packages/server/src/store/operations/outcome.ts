/** Outcome is how an operation ended, as the store's threads tell each other. */
import { ChatError, type WireError } from '@parlor/protocol'

/** What is returned for, or thrown by, an operation. */
export function outcomeOf(operation: () => unknown): Outcome {
  try {
    return { ok: operation() }
  } catch (error) {
    if (error instanceof ChatError) return { refusal: error.toWire() }
    throw error
  }
}

/** The error that an outcome stands for; undefined for a good one. */
export function errorOf(outcome: Outcome): ChatError | undefined {
  if ('refusal' in outcome) return ChatError.fromWire(outcome.refusal)
  if ('unavailable' in outcome) return unavailable(outcome.unavailable)
  if ('fault' in outcome) return new ChatError('internal', { cause: new Error(outcome.fault) })
  return undefined
}

/** What is answered while the database can't be reached; the reason is for the log. */
export function unavailable(reason: string): ChatError {
  return new ChatError('unavailable', { cause: new Error(reason) })
}

// --- types ---

/**
 * `refusal`: decided, and final for this state of the room. `unavailable`: the file or the disk failed, nothing is stored.
 * `fault`: a mistake of ours; nothing is stored.
 */
export type Outcome = { ok: unknown } | { refusal: WireError } | { unavailable: string } | { fault: string }

/** An operation on its way to a thread. */
export interface Request {
  name: string
  args: readonly unknown[]
  nowMs: number
}
