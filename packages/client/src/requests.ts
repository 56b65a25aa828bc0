/** Requests: the commands of one socket that wait for their reply, by ref. */
import { type Command, encodeUp, type Reply, type ResultOf } from '@parlor/protocol'
import type { Cancel, Clock } from './clock.ts'
import { ChatError } from './errors.ts'

export interface Requests {
  /**
   * Sends a command. Exactly one of the answer's functions is called, once, and while the frame of the reply is being
   * read: what comes after the reply in that frame is seen after it.
   */
  ask<C extends Command>(command: C, answer: Answer<C>, timeoutMs?: number): void
  settle(reply: Reply): void
  /** Fails everything that waits. */
  fail(error: ChatError): void
}

/** A reply that takes longer is lost; the service itself gives up after 5 s. */
export const REPLY_TIMEOUT_MS = 10_000

export function createRequests(clock: Clock, send: (text: string) => void): Requests {
  const waiting = new Map<number, Waiting>()
  let lastRef = 0

  const take = (ref: number): Waiting | undefined => {
    const found = waiting.get(ref)
    waiting.delete(ref)
    found?.stopTimer()
    return found
  }

  return {
    ask(command, answer, timeoutMs = REPLY_TIMEOUT_MS) {
      lastRef += 1
      const ref = lastRef
      const stopTimer = clock.after(timeoutMs, () => take(ref)?.error(new ChatError('timeout')))
      waiting.set(ref, { ok: answer.ok as (result: unknown) => void, error: answer.error, stopTimer })
      send(encodeUp({ ...command, ref }))
    },
    settle(reply) {
      const found = take(reply.ref)
      if (!found) return
      if ('error' in reply) found.error(ChatError.fromWire(reply.error))
      else found.ok(reply.ok)
    },
    fail(error) {
      for (const ref of [...waiting.keys()]) take(ref)?.error(error)
    },
  }
}

// --- types ---

export interface Answer<C extends Command> {
  ok(result: ResultOf<C['type']>): void
  error(error: ChatError): void
}

interface Waiting {
  ok(result: unknown): void
  error(error: ChatError): void
  stopTimer: Cancel
}
