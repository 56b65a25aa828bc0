/** WorkloadOptions: what a run is told, and what it lets its caller break while it works. */
import type { Runtime } from '@parlor/client'
import type { LogEntry } from '../log.ts'

export interface WorkloadOptions {
  /** The service's base address, as clients reach it. */
  url: string
  /** A chat token for a user of the run. Asked at every sign-in and every renewal. */
  tokenFor(user: { id: string; name: string }): string | Promise<string>
  /**
   * A token of the app's server. With it the run makes private rooms of its own, and takes people out of them and back
   * in; without it, `rooms` must name public rooms.
   */
  serverToken?: () => string | Promise<string>
  /** How many private rooms to make (1), or the ids of public rooms to work in. */
  rooms?: number | readonly string[]
  /** How many people take part, each with two clients; 3 unless given. */
  people?: number
  /** For how long new operations begin, in s; 10 unless given. They go on for as long as `during` takes. */
  seconds?: number
  /** Operations that a client begins in a second, on average; 4 unless given. */
  operationsPerSecond?: number
  /** The same seed makes the same choices; how they interleave is up to the network. A new one unless given. */
  seed?: number
  /** Where server calls, the readers of the final history and the questions for readiness go: around a fault proxy. */
  directUrl?: string
  /** Gets every entry as it is made, besides the result: to write it to a file before something crashes. */
  onEntry?: (entry: LogEntry) => void
  /** What a client gets in the place of its surroundings, by its name: a clock or a network that can be broken. */
  runtimeFor?: (client: string) => Partial<Pick<Runtime, 'clock' | 'transport' | 'environment' | 'fetch'>>
  /** Breaks things while people work. New operations end when it has returned and `seconds` are over. */
  during?: (control: Control) => Promise<void>
  /** How long everybody may take to settle after the last fault, in ms, before the run goes on to judge; 60,000 unless given. */
  settleMs?: number
}

/** The run, as whoever breaks things sees it. */
export interface Control {
  /** Ms since the run began. */
  now(): number
  /** Numbers from the run's seed, from 0 (with) to 1 (without), that nobody else takes. */
  random(): number
  /** The rooms of the run. */
  readonly rooms: readonly string[]
  /** Logs that something is broken from now on; call the result when it works again. Call it before you break it. */
  fault(fault: { name: string; isStoreDown?: boolean; isOfPresence?: boolean }): () => void
  /** Logs that the database is an older copy, whose rooms end at these heads. Between a fault's begin and its end. */
  restored(heads: Record<string, number>): void
  /** Fulfilled when this many more sends were acknowledged to clients. Rejects when the run has ended. */
  acks(count: number): Promise<void>
  /** Cuts every connection of clients, as a network does that goes away. */
  cutClients(): void
}
