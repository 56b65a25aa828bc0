/** A full disk: sends are refused without a false ack; room on the disk is enough for the service to go on. */
import { existsSync } from 'node:fs'
import { type FaultKind, pass } from '../fault-kind.ts'
import { Unit } from '../unit.ts'

export const diskFull: FaultKind<DiskFullPlan> = {
  name: 'disk full',
  suspends: 'G4, until there is room again',
  episodes: { quick: 1, full: 20 },

  findObstacle: () =>
    process.getuid?.() === 0 && existsSync('/proc/mounts')
      ? undefined
      : 'it needs a small tmpfs, and mounting one needs root on Linux',

  // More than an episode writes before the disk is filled.
  startUnit: () => Unit.start({ diskMegabytes: 48 }),

  plan: (random) => ({ afterMs: random() * 500, lastsMs: random() * 2_000 }),

  async run({ unit, control }, { afterMs, lastsMs }) {
    const { disk } = unit
    if (!disk) throw new Error('The small disk could not be mounted.')
    await control.acks(3)
    await pass(afterMs)
    const end = control.fault({ name: 'disk full' })
    await disk.fill()
    await unit.becomesReady(false)
    await pass(lastsMs)
    await disk.empty()
    end()
    // Without a restart or a repair.
    await control.acks(3)
    return 1
  },
}

// --- types ---

interface DiskFullPlan {
  afterMs: number
  lastsMs: number
}
