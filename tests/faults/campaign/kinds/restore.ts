/** A backup is put back by hand, as docs/deploy.md has it made: what came after it is taken back, and everybody is told. */
import { copyFile, rm } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'
import { type FaultKind, pass } from '../fault-kind.ts'

export const restore: FaultKind<RestorePlan> = {
  name: 'restored backup',
  suspends: 'acks above the restored heads; G4, until the service is back',
  episodes: { quick: 1, full: 20 },

  plan: (random) => ({
    firstAcks: 1 + Math.floor(random() * 20),
    moreAcks: 1 + Math.floor(random() * 20),
    isKilled: random() < 0.3,
    afterMs: random() * 300,
  }),

  async run({ unit, control }, { firstAcks, moreAcks, isKilled, afterMs }) {
    const copy = `${unit.database}.backup`
    await control.acks(firstAcks)
    await backUp(unit.database, copy)
    await control.acks(moreAcks)
    await pass(afterMs)

    const end = control.fault({ name: 'restored backup' })
    if (isKilled) await unit.kill()
    else await unit.stop()
    const lost = readHeads(unit.database)
    for (const ending of ['', '-wal', '-shm']) await rm(`${unit.database}${ending}`, { force: true })
    await copyFile(copy, unit.database)
    const heads = readHeads(copy)
    const taken = control.rooms.filter((roomId) => (lost[roomId] ?? 0) > (heads[roomId] ?? 0))
    control.restored(Object.fromEntries(control.rooms.map((roomId) => [roomId, heads[roomId] ?? 0])))
    await unit.start()
    end()
    return taken.length
  },
}

/** `.backup` of the shell is this call: a copy of one moment, while the service writes. */
async function backUp(path: string, copy: string): Promise<void> {
  await rm(copy, { force: true })
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    await backup(database, copy)
  } finally {
    database.close()
  }
}

function readHeads(path: string): Record<string, number> {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    const rows = database.prepare('SELECT id, head FROM rooms').all() as { id: string; head: number }[]
    return Object.fromEntries(rows.map(({ id, head }) => [id, head]))
  } finally {
    database.close()
  }
}

// --- types ---

interface RestorePlan {
  firstAcks: number
  moreAcks: number
  isKilled: boolean
  afterMs: number
}
