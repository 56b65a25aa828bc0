/** Trace: what the main thread of a page did, out of Chromium's trace events. */

/** The durations of the main thread's tasks, in ms, the longest first: script, layout and painting of the page. */
export function readTasks(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const mains = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  )
  const tasks = traceEvents.filter(
    (event) => event.name === 'RunTask' && event.ph === 'X' && mains.has(threadOf(event)),
  )
  return tasks.map(({ dur = 0 }) => dur / 1000).sort((one, other) => other - one)
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`
}

// --- types ---

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** In µs. */
  dur?: number
  args?: { name?: string }
}
