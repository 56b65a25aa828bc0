/** Ledger keeps what every run measured, and what was wrong with it. */
import type { PeerName } from './dialect.ts'
import { type Summary, summarize } from './statistics.ts'

export class Ledger {
  readonly #entries: Entry[] = []

  add(workload: Workload, peer: Subject, values: Values, flaws: readonly string[] = []): void {
    this.#entries.push({ workload, peer, values, flaws })
  }

  /** Median and spread of one value over the runs that have it. */
  read(workload: Workload, peer: Subject, value: keyof Values): Summary {
    const values = this.#of(workload, peer).map((entry) => entry.values[value])
    return summarize(values.filter((number) => number !== undefined && !Number.isNaN(number)) as number[])
  }

  /** The peers that a workload was measured with, in the order of the first runs. */
  peersOf(workload: Workload): Subject[] {
    return [...new Set(this.#entries.filter((entry) => entry.workload === workload).map((entry) => entry.peer))]
  }

  /** What was wrong with runs, each once, with how often. */
  flawsOf(workload: Workload, peer: Subject): string[] {
    const counts = new Map<string, number>()
    for (const flaw of this.#of(workload, peer).flatMap((entry) => entry.flaws))
      counts.set(flaw, (counts.get(flaw) ?? 0) + 1)
    return [...counts].map(([flaw, count]) => (count > 1 ? `${flaw} (${count} runs)` : flaw))
  }

  /** Whether every run of it kept up with its load and delivered everything, once and in order. */
  isSound(workload: Workload, peer: Subject): boolean {
    return this.#of(workload, peer).every(({ values: { wrong = 0, held = 1 } }) => wrong === 0 && held >= HELD)
  }

  /** The medians of everything that was measured: for programs, such as the one behind `docs/scale.md`. */
  toJSON(): Record<string, Record<string, Record<string, number>>> {
    const workloads: Record<string, Record<string, Record<string, number>>> = {}
    for (const { workload, peer, values } of this.#entries) {
      workloads[workload] ??= {}
      workloads[workload][peer] ??= {}
      for (const value of Object.keys(values) as (keyof Values)[]) {
        const { median, count } = this.read(workload, peer, value)
        if (count > 0) workloads[workload][peer][value] = Number(median.toPrecision(6))
      }
    }
    return workloads
  }

  #of(workload: Workload, peer: Subject): Entry[] {
    return this.#entries.filter((entry) => entry.workload === workload && entry.peer === peer)
  }
}

/** The share of a load that must go through inside the window. */
export const HELD = 0.98

// --- types ---

export type Workload =
  | 'W1'
  | 'W1-busy'
  | 'W2'
  | 'W3'
  | 'W2-max'
  | 'W4'
  | 'W5'
  | 'W6, 1 member'
  | 'W6, 10 members'
  | 'quiet'
  | 'fair'
  | 'idle'

/** A peer, the disk, or Parlor without the flood of `fair`. */
export type Subject = PeerName | 'fdatasync' | 'no flood'

/** What a run may measure. Times in ms unless the name says otherwise. */
export interface Values {
  /** CPU of the server's process tree, in µs per delivery: all of it, in user mode, in the kernel. */
  usPerDelivery?: number
  userUs?: number
  systemUs?: number
  p50?: number
  p99?: number
  deliveriesPerSecond?: number
  acksPerSecond?: number
  ackP50?: number
  ackP99?: number
  /** How long the server's event loop was kept from its work, 99th percentile of samples of 10 ms. */
  loopP99?: number
  kibPerConnection?: number
  connectsPerCpuSecond?: number
  idleMiB?: number
  coldStartMs?: number
  installedMiB?: number
  /** Deliveries that were lost, doubled or out of order, and commands that failed. */
  wrong?: number
  /** Share of the load that went through inside the window. */
  held?: number
  generatorShare?: number
}

interface Entry {
  workload: Workload
  peer: Subject
  values: Values
  flaws: readonly string[]
}
