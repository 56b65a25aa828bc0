/** Redis dies, forgets everything and everybody, or is out of reach: nodes hear each other late, by the rooms' heads. */
import { type FaultKind, pass } from '../../campaign/fault-kind.ts'
import type { Cluster } from '../cluster.ts'

export const killRedis: FaultKind<LossPlan, Cluster> = {
  name: 'kill -9 of Redis',
  // G4 holds all the time: what Redis would have told is seen within 5 s.
  suspends: 'nothing',
  episodes: { quick: 1, full: 50 },
  plan: (random, size) => planLosses(random, size === 'quick' ? 1 : 4),

  async run({ unit, control }, { losses }) {
    for (const { acks, afterMs, goneMs } of losses) {
      await control.acks(acks)
      await pass(afterMs)
      await unit.redis.kill()
      await pass(goneMs)
      await control.acks(3)
      await unit.redis.start()
    }
    return losses.length
  },
}

export const flushRedis: FaultKind<LossPlan, Cluster> = {
  name: 'FLUSHALL, and every subscriber cut',
  suspends: 'nothing',
  episodes: { quick: 1, full: 20 },
  plan: (random, size) => planLosses(random, size === 'quick' ? 2 : 4),

  async run({ unit, control }, { losses }) {
    for (const { acks, afterMs } of losses) {
      await control.acks(acks)
      await pass(afterMs)
      await unit.redis.run('FLUSHALL')
      await unit.redis.run('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
      await unit.redis.run('CLIENT', 'KILL', 'TYPE', 'NORMAL')
    }
    return losses.length
  },
}

/** What is said last is told by nobody: no later news shows that it is missing. */
export const lastWords: FaultKind<LastWordsPlan, Cluster> = {
  name: 'Redis out of reach to the end',
  suspends: 'nothing',
  episodes: { quick: 1, full: 20 },
  plan: (random) => ({ acks: 1 + Math.floor(random() * 12), isSilent: random() < 0.5, lastsMs: random() * 1_500 }),

  async run({ unit, control }, { acks, isSilent, lastsMs }) {
    await control.acks(acks)
    for (const { toRedis } of unit.nodes) {
      if (isSilent) toRedis.blackhole()
      else toRedis.cut('reset')
    }
    await pass(lastsMs)
    // It is healed when everybody has settled.
    return 1
  },
}

function planLosses(random: () => number, count: number): LossPlan {
  const losses = Array.from({ length: count }, () => ({
    acks: 1 + Math.floor(random() * 12),
    afterMs: random() * 60,
    goneMs: random() < 0.5 ? 0 : random() * 4_000,
  }))
  return { losses }
}

// --- types ---

interface LastWordsPlan {
  acks: number
  /** Nothing arrives any more, and nobody is told. */
  isSilent: boolean
  lastsMs: number
}

interface LossPlan {
  losses: { acks: number; afterMs: number; goneMs: number }[]
}
