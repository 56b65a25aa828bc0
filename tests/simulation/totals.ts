/** Totals: how often each kind of trouble happened, so that a run that never met one can't pass for a good one. */

/** Every run of some length must have had each of these. */
export const KINDS = [
  'acknowledged sends',
  'edits',
  'deletions',
  'reactions',
  'discards',
  'retries',
  'duplicate sends',
  'refused sends',
  'history pages',
  'jumps',
  'removals',
  'returns',
  'reloads',
  'killed pages',
  'cold starts',
  'restored sends',
  'taken over sends',
  'frozen pages',
  'shared pages',
  'handovers',
  'rendered pages',
  'cuts',
  'half-open sockets',
  'slow deliveries',
  'late frames',
  'resumes',
  'resets',
  'batched reads',
  'tail resumes',
  'live ranges',
  'live resets',
  'crashes',
  'drains',
  'database restarts',
  'restored backups',
  'lost answers',
  'late commits',
  'database outages',
  'bus losses',
  'bus doubles',
  'reorders',
  'token failures',
  'writers seen',
  'presence seen',
] as const

export class Totals {
  readonly counts: Record<Kind, number> = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>

  count(kind: Kind, times = 1): void {
    this.counts[kind] += times
  }

  add(other: Pick<Totals, 'counts'>): void {
    for (const kind of KINDS) this.counts[kind] += other.counts[kind]
  }

  /** Kinds that never happened. */
  missing(): Kind[] {
    return KINDS.filter((kind) => this.counts[kind] === 0)
  }
}

// --- types ---

export type Kind = (typeof KINDS)[number]
