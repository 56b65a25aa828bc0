/** Interrupts: what a command must put away when somebody stops it: processes, mounts, folders. */

/** Calls back when this process is told to end, and lets it end after all of them. Returns the function that takes it back. */
export function onInterrupt(putAway: () => Promise<unknown>): () => void {
  if (waiting.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  waiting.add(putAway)
  return () => {
    waiting.delete(putAway)
    if (waiting.size === 0) for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

function onSignal(): void {
  void end()
}

async function end(): Promise<void> {
  const all = [...waiting]
  waiting.clear()
  // The second Ctrl-C finds no listener and ends it at once.
  for (const signal of SIGNALS) process.off(signal, onSignal)
  await Promise.allSettled(all.map((putAway) => putAway()))
  process.exit(INTERRUPTED)
}

const waiting = new Set<() => Promise<unknown>>()

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What shells say of a command that Ctrl-C ended. */
const INTERRUPTED = 130
