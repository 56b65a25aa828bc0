/** kill -9 at an exact step of a send: the service's own process dies there, by its own hand. */

import { type FaultKind, pass } from '../fault-kind.ts'
import { DEATH_POINTS, type DeathPoint } from '../orders.ts'

/** One kind for each step. */
export const killsAt: readonly FaultKind<KillAtPlan>[] = DEATH_POINTS.map((at) => ({
  name: `kill -9 ${at}`,
  suspends: 'G4, until the service is back',
  episodes: { quick: 1, full: 10 },

  plan: (random, size) => ({
    at,
    deaths: Array.from({ length: size === 'quick' ? 1 : 5 }, () => ({
      afterMs: random() * 200,
      // Several senders and several sockets: which one of them is the last to be served differs.
      times: 1 + Math.floor(random() * 3),
    })),
  }),

  async run({ unit, control }, plan) {
    let effects = 0
    for (const { afterMs, times } of plan.deaths) {
      await control.acks(1)
      await pass(afterMs)
      const end = control.fault({ name: `kill -9 ${at}` })
      const { signal } = await unit.die(at, times)
      if (signal === 'SIGKILL') effects += 1
      await unit.start()
      end()
    }
    return effects
  },
}))

// --- types ---

interface KillAtPlan {
  at: DeathPoint
  deaths: { afterMs: number; times: number }[]
}
