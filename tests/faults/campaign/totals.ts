/** Totals: the campaign's table, and what would make its zero worthless. */
import { formatTable } from '../../support/text-table.ts'
import type { EpisodeResult } from './episode.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'

export class Totals {
  readonly #kinds = new Map<string, KindTotals>()
  readonly #skipped = new Map<string, string>()

  /** Kinds appear in the order in which they are named here. */
  constructor(names: readonly string[]) {
    for (const name of names) this.#kinds.set(name, emptyTotals())
  }

  add({ kind, effects, violations, broken, tally }: EpisodeResult): void {
    const totals = this.#kinds.get(kind) ?? emptyTotals()
    this.#kinds.set(kind, totals)
    totals.episodes += 1
    totals.effects += effects
    totals.violations += violations.length
    totals.broken += broken === undefined ? 0 : 1
    addTally(totals.tally, tally)
  }

  /** This kind could not run here. */
  skip(kind: string, reason: string): void {
    this.#kinds.delete(kind)
    this.#skipped.set(kind, reason)
  }

  get skipped(): ReadonlyMap<string, string> {
    return this.#skipped
  }

  get episodes(): number {
    return this.#sum(({ episodes }) => episodes)
  }

  get violations(): number {
    return this.#sum(({ violations }) => violations)
  }

  /** What has to be mended before the violations mean anything. Everything is asked for only of a run of every kind. */
  findFlaws(isWhole: boolean): string[] {
    const flaws: string[] = []
    for (const [kind, { episodes, effects, broken, tally }] of this.#kinds) {
      if (broken > 0) flaws.push(`${kind}: ${broken} of ${episodes} episodes could not be run to their end`)
      if (effects === 0) flaws.push(`${kind}: no fault took effect`)
      if (tally.sends === 0 || tally.deliveries === 0) flaws.push(`${kind}: nobody sent or got anything`)
    }
    if (!isWhole) return flaws
    const { unknown, unknownStored, resumes, resets } = this.#tally()
    if (unknown === 0) flaws.push('no outcome was ever unknown')
    if (unknown > 0 && unknownStored === 0) flaws.push('no unknown outcome ended as stored')
    if (resumes === 0) flaws.push('nobody ever resumed')
    if (resets === 0) flaws.push('nobody was ever reset')
    return flaws
  }

  format(): string[] {
    const rows = [...this.#kinds].map(([kind, totals]) => rowOf(kind, totals))
    const all: KindTotals = {
      episodes: this.episodes,
      effects: this.#sum(({ effects }) => effects),
      violations: this.violations,
      broken: this.#sum(({ broken }) => broken),
      tally: this.#tally(),
    }
    return formatTable(HEAD, [...rows, rowOf('all', all)])
  }

  #tally(): Tally {
    const tally = emptyTally()
    for (const totals of this.#kinds.values()) addTally(tally, totals.tally)
    return tally
  }

  #sum(pick: (totals: KindTotals) => number): number {
    return [...this.#kinds.values()].reduce((sum, totals) => sum + pick(totals), 0)
  }
}

const HEAD = [
  'fault',
  'episodes',
  'faults',
  'sends',
  'deliveries',
  'resumes',
  'resets',
  'unknown outcomes',
  'ended stored',
  'ended not stored',
  'violations',
]

function rowOf(kind: string, { episodes, effects, violations, tally }: KindTotals): (string | number)[] {
  const { sends, deliveries, resumes, resets, unknown, unknownStored } = tally
  const outcomes = [unknown, unknownStored, unknown - unknownStored]
  return [kind, episodes, effects, sends, deliveries, resumes, resets, ...outcomes, violations]
}

function emptyTotals(): KindTotals {
  return { episodes: 0, effects: 0, violations: 0, broken: 0, tally: emptyTally() }
}

// --- types ---

interface KindTotals {
  episodes: number
  effects: number
  violations: number
  broken: number
  tally: Tally
}
