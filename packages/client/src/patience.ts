/** Patience: commands that may be asked again wait for the connection and outlive refusals that pass. */
import type { Command } from '@parlor/protocol'
import { createBackoff } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'
import { ChatError } from './errors.ts'
import type { Answer, Requests } from './requests.ts'

export interface Patience {
  /**
   * Asks until there is an answer that stands. `make` builds the command anew for each try, so that it names the
   * position of that moment. With `deadlineMs` it gives up then, with the last error; without, never by itself.
   */
  ask<C extends Command>(make: () => C, answer: Answer<C>, deadlineMs?: number): void
  /** Signed in: whatever waits for the connection is asked now. */
  up(): void
  /** Fails everything that waits: it won't go on by itself. */
  fail(error: ChatError): void
}

export interface Link {
  /** Signed in. */
  isUp(): boolean
  /** Only while up; see `Requests`. */
  ask: Requests['ask']
  /** It isn't up, and won't be by itself: why. */
  denial(): ChatError | null
}

/** How long an action of a person waits for the connection: longer, and they have gone on to something else. */
export const PATIENCE_MS = 20_000

export function createPatience(deps: { link: Link; clock: Clock; random: () => number }): Patience {
  const { link, clock, random } = deps
  const tasks = new Set<Task>()

  return {
    ask(make, answer, deadlineMs) {
      const backoff = createBackoff(random)
      let last: ChatError | undefined
      const finish = (settle: () => void): void => {
        if (!tasks.delete(task)) return
        task.stopWaiting?.()
        task.stopDeadline?.()
        settle()
      }
      const task: Task = {
        isAsked: false,
        run() {
          task.stopWaiting?.()
          task.stopWaiting = undefined
          if (task.isAsked || !link.isUp()) return
          task.isAsked = true
          link.ask(make(), {
            ok: (result) => finish(() => answer.ok(result)),
            error(error) {
              task.isAsked = false
              last = error
              if (!error.retryable) task.fail(error)
              // After a break the task runs again with the next connection.
              else if (tasks.has(task) && link.isUp()) {
                task.stopWaiting = clock.after(error.retryAfterMs ?? backoff.next(), task.run)
              }
            },
          })
        },
        fail: (error) => finish(() => answer.error(error)),
      }
      tasks.add(task)
      if (deadlineMs !== undefined) {
        task.stopDeadline = clock.after(deadlineMs, () => task.fail(last ?? new ChatError('offline')))
      }
      const denial = link.denial()
      if (denial) task.fail(denial)
      else task.run()
    },
    up() {
      for (const task of [...tasks]) task.run()
    },
    fail(error) {
      for (const task of [...tasks]) task.fail(error)
    },
  }
}

// --- types ---

interface Task {
  isAsked: boolean
  run(): void
  fail(error: ChatError): void
  stopWaiting?: Cancel | undefined
  stopDeadline?: Cancel | undefined
}
