/** Random: numbers that come again when the seed does, so that a failure can be repeated. */

/** The seed from PARLOR_SEED, else a new one. Print it: it is how the run is repeated. */
export function pickSeed(): number {
  const given = Number(process.env.PARLOR_SEED)
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1
}

/** mulberry32: numbers from 0 (with) to 1 (without). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
