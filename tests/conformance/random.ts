/** Random numbers that a seed repeats. */

/** Mulberry32: small, and good enough to choose what a test does next. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return { int: (below) => Math.floor(next() * below) }
}

// --- types ---

export interface Random {
  /** An integer from 0, below this. */
  int(below: number): number
}
