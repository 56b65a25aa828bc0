/** PostgreSQL dies, and a standby takes its place, which may not have heard of what was committed last. */
import { waitFor } from '../../../../scripts/processes.ts'
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import { Cluster } from '../cluster.ts'

export const failover: FaultKind<FailoverPlan, Cluster> = {
  name: 'failover to a standby',
  suspends: 'acks above the heads of the standby; G4, until it takes writes',
  episodes: { quick: 1, full: 20 },

  async startUnit() {
    const cluster = await Cluster.start()
    try {
      await cluster.startStandby()
      await Promise.all(cluster.nodes.map(({ port }) => waitFor(`http://127.0.0.1:${port}/readyz`, READY_MS)))
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  },

  plan: (random) => ({
    acks: 1 + Math.floor(random() * 20),
    isBehind: random() < 0.7,
    moreAcks: 1 + Math.floor(random() * 20),
    afterMs: random() * 300,
  }),

  async run({ unit, control }, { acks, isBehind, moreAcks, afterMs }) {
    await control.acks(acks)
    if (isBehind) unit.standbyLine.blackhole()
    await control.acks(moreAcks)
    await pass(afterMs)

    const end = control.fault({ name: 'failover to a standby', isStoreDown: true })
    // Nobody writes between this and the end of it.
    for (const { toPostgres } of unit.nodes) toPostgres.cut('reset')
    const had = await unit.readHeads()
    await unit.failOver()
    const heads = await unit.admitAfterLoss(control)
    end()
    return control.rooms.some((roomId) => (had.get(roomId) ?? 0) > (heads.get(roomId) ?? 0)) === isBehind ? 1 : 0
  },
}

/** PostgreSQL was started again for the standby's copy: the nodes have found it by then. */
const READY_MS = 30_000

// --- types ---

interface FailoverPlan {
  acks: number
  /** Whether the standby hears nothing any more while people go on. */
  isBehind: boolean
  moreAcks: number
  afterMs: number
}
