/** A disk that is slow, and then doesn't answer for longer than a send may take: it is committed after its sender was told. */
import type { FaultKind } from '../fault-kind.ts'
import { openProbe } from '../probe.ts'

export const diskSlow: FaultKind<SlowPlan> = {
  name: 'disk stuck',
  suspends: 'G4, until it answers',
  episodes: { quick: 1, full: 15 },

  plan: (random) => ({
    slowCommits: 3 + Math.floor(random() * 6),
    slowMs: 50 + Math.floor(random() * 250),
    // Beyond the 5 s of G13, so that outcomes are unknown.
    stuckMs: 6_000 + Math.floor(random() * 2_000),
  }),

  async run({ unit, control, report }, { slowCommits, slowMs, stuckMs }) {
    await control.acks(1)
    const end = control.fault({ name: 'disk stuck' })
    await unit.order({ do: 'slow commits', count: slowCommits, ms: slowMs })
    await control.acks(slowCommits)
    const probe = await openProbe(unit, report)
    // The saboteur hears of it between two commits, and the next one is stuck.
    await unit.order({ do: 'slow commits', count: 1, ms: stuckMs })
    // Asked at once: later, it may have become true again.
    const [isReady] = await Promise.all([unit.isReady(), probe.expectsRefusal()])
    if (isReady) report('G13', 'the service said that it was ready while a commit was stuck')
    await control.acks(1)
    end()
    return isReady ? 0 : 1
  },
}

// --- types ---

interface SlowPlan {
  slowCommits: number
  slowMs: number
  stuckMs: number
}
