/** A few connections stop reading in the middle of a flood: they are closed (4430), the others notice nothing, nobody misses anything. */
import { ServiceApi } from '../../../support/service-api.ts'
import type { FaultKind } from '../fault-kind.ts'
import { SlowReader } from '../slow-reader.ts'
import { SECRET, type Unit } from '../unit.ts'

export const slowReaders: FaultKind<SlowPlan> = {
  name: 'slow readers',
  suspends: 'nothing for those who read',
  episodes: { quick: 1, full: 10 },

  plan: (random) => ({ readers: 2 + Math.floor(random() * 4) }),

  async run({ unit, control, report }, plan) {
    await control.acks(1)
    const readers = await Promise.all(
      Array.from({ length: plan.readers }, (_, index) => SlowReader.open(unit, ROOM, `slow${index}`)),
    )
    const closedBefore = await countClosed(unit)
    for (const reader of readers) reader.pause()
    const sent = await flood(unit, async () => (await countClosed(unit)) - closedBefore >= readers.length)
    const effects = (await countClosed(unit)) - closedBefore
    for (const reader of readers) {
      const missed = await reader.comeBack(sent)
      if (missed.length > 0)
        report('G6', `a slow reader came back and was never given the changes ${missed.join(', ')}`)
    }
    return effects
  },
}

/** Sends until it is enough. The seqs that were acknowledged. */
async function flood(unit: Unit, isEnough: () => Promise<boolean>): Promise<number[]> {
  const api = new ServiceApi(unit.directUrl, SECRET)
  const seqs: number[] = []
  while (!(await isEnough())) {
    if (seqs.length > MOST_MESSAGES) throw new Error('The slow readers are never closed.')
    const acks = Array.from({ length: AT_ONCE }, () => api.send(ROOM, { user: { id: 'flood' }, text: LONG_TEXT }))
    seqs.push(...(await Promise.all(acks)).map(({ seq }) => seq))
  }
  return seqs
}

async function countClosed(unit: Unit): Promise<number> {
  const metrics = await (await fetch(`${unit.directUrl}/metrics`)).text()
  return Number(/^parlor_closes_total\{reason="slow"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

/** Not a room of the workload. */
const ROOM = 'general'

/** As much as a message may be: 12 kB on the wire. */
const LONG_TEXT = '€'.repeat(4_000)

/** Some 60 MB: several times what kernels keep for two ends of a connection. */
const MOST_MESSAGES = 5_000
const AT_ONCE = 20

// --- types ---

interface SlowPlan {
  readers: number
}
