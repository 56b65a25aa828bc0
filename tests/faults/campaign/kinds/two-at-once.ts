/** Two faults at once, each by its own kind: what one of them hides from the other. */
import type { FaultKind, Rig, Size } from '../fault-kind.ts'

export function createTwoAtOnce(pairs: readonly Pair[]): FaultKind<TwoPlan> {
  return {
    name: 'two at once',
    suspends: 'what both of them do',
    episodes: { quick: 2, full: 40 },

    plan(random, size) {
      const [first, second] = pairs[Math.floor(random() * pairs.length)] as Pair
      return { runs: [first, second].map((kind) => bind(kind, random, size)) }
    },

    async run(rig, { runs }) {
      const effects = await Promise.all(runs.map((run) => run(rig)))
      // Less, and they weren't two.
      return Math.min(...effects) > 0 ? effects.reduce((sum, count) => sum + count, 0) : 0
    },
  }
}

function bind(kind: AnyKind, random: () => number, size: Size): (rig: Rig) => Promise<number> {
  const plan = kind.plan(random, size)
  return (rig) => kind.run(rig, plan)
}

// --- types ---

// biome-ignore lint/suspicious/noExplicitAny: the plan of a kind is nobody else's business.
type AnyKind = FaultKind<any>

export type Pair = readonly [AnyKind, AnyKind]

interface TwoPlan {
  runs: ((rig: Rig) => Promise<number>)[]
}
