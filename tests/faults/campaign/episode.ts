/** Episode: people work while one kind of fault happens; afterwards the log of it all is judged. */
import { type ExcerptLine, formatEntry, judge, type LogEntry, runWorkload } from '@parlor/verify'
import { createRandom } from '../../support/random.ts'
import type { Deployment, FaultKind, Size } from './fault-kind.ts'
import { countLog, type Tally } from './tally.ts'

/** Runs one. Whatever goes wrong is in the result. */
export async function runEpisode({ kind, seed, size, unit }: EpisodeOptions): Promise<EpisodeResult> {
  const entries: LogEntry[] = []
  const violations: Finding[] = []
  let effects = 0
  let broken: string | undefined
  const notes: string[] = []
  const note = (line: string): void => void notes.push(line)
  const report = (guarantee: string, message: string): void => {
    violations.push({ guarantee, rule: kind.name, message, excerpt: [] })
  }
  try {
    const plan = kind.plan(createRandom(seed), size)
    await runWorkload({
      url: unit.url,
      directUrl: unit.directUrl,
      tokenFor: (user) => unit.chatToken(user),
      serverToken: () => unit.serverToken(),
      seed,
      ...WORK,
      onEntry: (entry) => entries.push(entry),
      during: async (control) => {
        effects = await kind.run({ unit, control, report, note }, plan)
      },
    })
    violations.push(...judge(entries))
  } catch (error) {
    broken = error instanceof Error ? (error.stack ?? error.message) : String(error)
    broken += `\nthe service said:\n  ${unit.lastLines(SHOWN_LINES).join('\n  ')}`
  }
  unit.heal()
  const log = entries.map(formatEntry)
  return { kind: kind.name, seed, effects, notes, violations, broken, tally: countLog(entries), log }
}

/** Little, so that an episode is short; enough that whatever a fault hits is under way. */
const WORK = { rooms: 1, people: 3, seconds: 1, operationsPerSecond: 10, settleMs: 60_000 }

const SHOWN_LINES = 20

// --- types ---

export interface EpisodeOptions {
  // biome-ignore lint/suspicious/noExplicitAny: the plan of a kind is nobody else's business.
  kind: FaultKind<any, any>
  seed: number
  size: Size
  unit: Deployment
}

export interface EpisodeResult {
  kind: string
  seed: number
  /** Faults that took effect. */
  effects: number
  /** What the kind says of it. */
  notes: string[]
  violations: Finding[]
  /** Why the episode could not be run to its end; a failure like a violation. */
  broken: string | undefined
  tally: Tally
  /** NDJSON, a line each. */
  log: string[]
}

/** A violation, of the log or of what only the one who broke things could see. */
export interface Finding {
  guarantee: string
  rule: string
  message: string
  excerpt: ExcerptLine[]
}
