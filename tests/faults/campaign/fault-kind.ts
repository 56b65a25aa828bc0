/** FaultKind: one way to break what people work with: one service, or several as a cluster. One file of `kinds/` each. */
import type { Control } from '@parlor/verify'
import type { Unit } from './unit.ts'

/** The moment of a fault is any moment, and it lasts as long as it was planned: this waits for nothing to happen. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// --- types ---

export interface FaultKind<Plan = unknown, D extends Deployment = Unit> {
  readonly name: string
  /** What the checker is told that the guarantees don't promise while it lasts. */
  readonly suspends: string
  /** Episodes in the quick slice, and in the full campaign. */
  readonly episodes: { quick: number; full: number }
  /** It takes a whole machine: what ran beside it would be late for want of one. */
  readonly isAlone?: boolean
  /** Why it can't run here; undefined where it can. */
  findObstacle?(): string | undefined
  /** A service of its own, made as this says; where it is left out, episodes share one. */
  startUnit?(): Promise<D>
  /** Everything that an episode does, drawn from its seed before it begins. */
  plan(random: () => number, size: Size): Plan
  /** Breaks and heals, while people work. Returns how many faults took effect. */
  run(rig: Rig<D>, plan: Plan): Promise<number>
}

/** `quick` keeps each episode to some seconds. */
export type Size = 'quick' | 'full'

export interface Rig<D extends Deployment = Unit> {
  unit: D
  /** The workload that is under way. */
  control: Control
  /** Says what the checker can't see: something that a guarantee forbids. */
  report(guarantee: string, message: string): void
  /** Says what came of it, for the page of results. */
  note(line: string): void
}

/** What an episode needs of what it breaks. */
export interface Deployment {
  /** Where people connect, through whatever may break. */
  readonly url: string
  /** For who isn't to be disturbed. */
  readonly directUrl: string
  chatToken(user: { id: string; name: string }): string
  serverToken(): string
  /** What its processes said last. */
  lastLines(count: number): string[]
  /** Ends every fault of the network. */
  heal(): void
  /** Ends it, and leaves nothing behind. */
  close(): Promise<void>
}
