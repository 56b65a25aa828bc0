/** Another process holds the database's write lock, as an operator's open shell does: no send may be acknowledged. */
import { DatabaseSync } from 'node:sqlite'
import { type FaultKind, pass } from '../fault-kind.ts'
import { openProbe } from '../probe.ts'

export const databaseLocked: FaultKind<LockPlan> = {
  name: 'database locked',
  suspends: 'G4, until it is let go; inside it G13: nothing is acknowledged',
  episodes: { quick: 1, full: 10 },

  plan: (random) => ({ afterMs: random() * 300, lastsMs: random() * 3_000 }),

  async run({ unit, control, report }, { afterMs, lastsMs }) {
    await control.acks(1)
    await pass(afterMs)
    const end = control.fault({ name: 'database locked' })
    const probe = await openProbe(unit, report)
    const shell = new DatabaseSync(unit.database, { timeout: 10_000 })
    try {
      shell.exec('BEGIN IMMEDIATE')
      const refused = probe.expectsRefusal()
      await unit.becomesReady(false)
      // What was committed before the lock has been answered by now.
      const endStoreDown = control.fault({ name: 'database locked', isStoreDown: true })
      await refused
      await pass(lastsMs)
      endStoreDown()
      shell.exec('ROLLBACK')
    } finally {
      shell.close()
    }
    end()
    await control.acks(1)
    return 1
  },
}

// --- types ---

interface LockPlan {
  afterMs: number
  lastsMs: number
}
