/** A clock that a test moves: what is due runs in the order of its time, and time stands still meanwhile. */

export function createStepClock() {
  let now = 0
  let due: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    elapsed: () => now,
    soon: (run: () => void) => void due.push({ at: now, run }),
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run }
      due.push(timer)
      return { stop: () => (due = due.filter((one) => one !== timer)) }
    },
    advance: (ms: number) => {
      const end = now + ms
      for (;;) {
        const next = due.reduce<(typeof due)[0] | undefined>(
          (first, one) => (first && first.at <= one.at ? first : one),
          undefined,
        )
        if (!next || next.at > end) break
        due = due.filter((one) => one !== next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
    },
  }
}

// --- types ---

export type StepClock = ReturnType<typeof createStepClock>
