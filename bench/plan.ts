/** Plan says how much is measured: the quick run's sizes and the full run's. */
import type { PeerName } from './dialect.ts'

/** At most ten minutes, with fixed rates for the maxima. */
export const QUICK: Plan = {
  name: 'quick',
  rounds: 3,
  budgetMs: 560_000,
  warmMs: 2_000,
  measureMs: 4_000,
  settleMs: 4_000,
  storm: 30,
  probe: { warmMs: 1_000, measureMs: 2_000, attempts: 1 },
  peers: {
    w1: ['parlor', 'ws loop', 'socket.io', 'bun'],
    busy: ['parlor', 'bun'],
    w2: ['parlor', 'ws loop', 'socket.io', 'bun'],
    maximum: ['parlor', 'socket.io', 'bun'],
    memory: ['parlor', 'ws loop', 'socket.io'],
    storm: ['parlor', 'socket.io', 'ws loop'],
  },
  // Messages per second; a step is what the quick run can tell apart.
  w3Rates: {
    parlor: [200, 400, 700, 1_000, 1_500, 2_200, 3_000, 4_000],
    bun: [200, 400, 700, 1_000, 1_500, 2_200, 3_000, 4_000],
    'socket.io': [30, 40, 50, 60, 70, 80, 95, 110],
    'ws loop': [50, 65, 80, 95, 110, 130],
  },
  w2Rates: {
    parlor: [3_000, 4_500, 6_500, 8_500, 10_500, 13_000, 16_000, 20_000],
    bun: [6_000, 9_000, 13_000, 17_000, 21_000, 25_000],
    'socket.io': [3_000, 4_500, 6_000, 7_000, 8_500, 10_000, 12_000],
    'ws loop': [4_000, 5_500, 7_000, 8_500, 10_000],
  },
}

/** About an hour: longer windows, every peer everywhere, finer steps. */
export const FULL: Plan = {
  ...QUICK,
  name: 'full',
  rounds: 5,
  budgetMs: Number.POSITIVE_INFINITY,
  warmMs: 2_000,
  measureMs: 10_000,
  settleMs: 8_000,
  storm: 50,
  probe: { warmMs: 2_000, measureMs: 5_000, attempts: 2 },
  peers: {
    w1: ['parlor', 'ws loop', 'socket.io', 'bun'],
    busy: ['parlor', 'bun'],
    w2: ['parlor', 'ws loop', 'socket.io', 'bun'],
    maximum: ['parlor', 'ws loop', 'socket.io', 'bun'],
    memory: ['parlor', 'ws loop', 'socket.io', 'bun'],
    storm: ['parlor', 'ws loop', 'socket.io', 'bun'],
  },
  w3Rates: {
    parlor: steps(200, 12_000),
    bun: steps(200, 12_000),
    'socket.io': steps(25, 200),
    'ws loop': steps(25, 250),
  },
  w2Rates: {
    parlor: steps(2_000, 60_000),
    bun: steps(2_000, 60_000),
    'socket.io': steps(1_500, 15_000),
    'ws loop': steps(2_000, 20_000),
  },
}

/** Rates from one to another, each an eighth above the one before. */
function steps(from: number, to: number): number[] {
  const rates: number[] = []
  for (let rate = from; rate <= to; rate *= 1.125) rates.push(Math.round(rate))
  return rates
}

// --- types ---

export interface Plan {
  name: 'quick' | 'full'
  /** How often every fixed load is measured, the peers taking turns. */
  rounds: number
  /** No other round is begun if it would probably end after so long. */
  budgetMs: number
  warmMs: number
  measureMs: number
  /** Between the last connection and the look at the memory. */
  settleMs: number
  /** Connections to each of 100 rooms in the connect storm. */
  storm: number
  /** A rate of a maximum counts as failed after so many attempts. */
  probe: { warmMs: number; measureMs: number; attempts: number }
  peers: Record<'w1' | 'busy' | 'w2' | 'maximum' | 'memory' | 'storm', readonly PeerName[]>
  w3Rates: Record<PeerName, readonly number[]>
  w2Rates: Record<PeerName, readonly number[]>
}
