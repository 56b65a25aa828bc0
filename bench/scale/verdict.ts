/** A verdict holds what the simulation saw against what the arithmetic predicts. */

/** Off by at most this share of what was predicted. */
export function within(what: string, predicted: number, seen: number, share: number): Verdict {
  const holds = Math.abs(seen - predicted) <= share * Math.abs(predicted)
  return { what, predicted, seen, rule: `within ${round(share * 100)} %`, holds }
}

export function atMost(what: string, predicted: number, seen: number, most: number): Verdict {
  return { what, predicted, seen, rule: `at most ${round(most)}`, holds: seen <= most }
}

export function atLeast(what: string, predicted: number, seen: number): Verdict {
  return { what, predicted, seen, rule: 'as predicted, or more', holds: seen >= predicted }
}

/** Not below what was predicted, where chance may take a twentieth off, and not above another bound. */
export function between(what: string, predicted: number, seen: number, most: number): Verdict {
  return { what, predicted, seen, rule: `that to ${round(most)}`, holds: seen >= 0.95 * predicted && seen <= most }
}

/** Three digits, or all of those before the point. */
export function round(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

// --- types ---

export interface Verdict {
  what: string
  predicted: number
  seen: number
  /** The bound, in words. */
  rule: string
  holds: boolean
}
