/** A backup of PostgreSQL is put back while the nodes go on: what came after it is taken back, and everybody is told. */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const restore: FaultKind<RestorePlan, Cluster> = {
  name: 'restored backup',
  suspends: 'acks above the restored heads; G4, until PostgreSQL is back',
  episodes: { quick: 1, full: 20 },

  plan: (random) => ({
    firstAcks: 1 + Math.floor(random() * 20),
    moreAcks: 1 + Math.floor(random() * 20),
    afterMs: random() * 300,
  }),

  async run({ unit, control }, { firstAcks, moreAcks, afterMs }) {
    await control.acks(firstAcks)
    const endBackup = control.fault({ name: 'backup' })
    await unit.postgres.backUp()
    const kept = await unit.readHeads()
    endBackup()
    await control.acks(moreAcks)
    await pass(afterMs)

    const end = control.fault({ name: 'restored backup', isStoreDown: true })
    // Nobody writes between this look and the end of it.
    for (const { toPostgres } of unit.nodes) toPostgres.cut('reset')
    const lost = await unit.readHeads()
    await unit.postgres.restore()
    await unit.admitAfterLoss(control)
    end()
    return control.rooms.filter((roomId) => (lost.get(roomId) ?? 0) > (kept.get(roomId) ?? 0)).length
  },
}

// --- types ---

interface RestorePlan {
  firstAcks: number
  moreAcks: number
  afterMs: number
}
