/** Notifier: tells listeners about changes, once for everything that happened in one go. */

export interface Notifier {
  /** Runs it; whoever changed meanwhile is told afterwards, once. */
  batch<T>(run: () => T): T
  /** This changed: its listeners are told now, or at the end of the batch. */
  changed(topic: Topic): void
  /** Calls at the end of the batch, after the listeners, in the order of these calls. */
  afterwards(run: () => void): void
}

/** Something with listeners. */
export interface Topic {
  /** Calls back after each change; returns the function that stops it. */
  subscribe(listener: () => void): () => void
  tell(): void
}

export function createNotifier(): Notifier {
  const dirty = new Set<Topic>()
  let later: (() => void)[] = []
  let depth = 0

  const batch = <T>(run: () => T): T => {
    depth += 1
    try {
      return run()
    } finally {
      depth -= 1
      if (depth === 0) flush()
    }
  }
  const flush = (): void => {
    const topics = [...dirty]
    const calls = later
    dirty.clear()
    later = []
    for (const topic of topics) topic.tell()
    for (const call of calls) guard(call)
  }

  return {
    batch,
    changed: (topic) => batch(() => void dirty.add(topic)),
    afterwards: (run) => batch(() => void later.push(run)),
  }
}

export function createTopic(): Topic {
  const listeners = new Set<{ listener: () => void }>()
  return {
    subscribe(listener) {
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    tell() {
      for (const { listener } of [...listeners]) guard(listener)
    },
  }
}

/** Values for listeners: each is told at the end of the batch, after the topics, so that listeners see the new state. */
export function createEmitter<T>(notifier: Notifier): Emitter<T> {
  const listeners = new Set<{ listener: (value: T) => void }>()
  return {
    on(listener) {
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    emit: (value) =>
      notifier.afterwards(() => {
        for (const { listener } of [...listeners]) guard(() => listener(value))
      }),
  }
}

/** A listener that throws is the app's own mistake: it is shown, and the others are told all the same. */
function guard(run: () => void): void {
  try {
    run()
  } catch (error) {
    console.error('A listener of the chat client threw:', error)
  }
}

// --- types ---

export interface Emitter<T> {
  /** Calls back with each value; returns the function that stops it. */
  on(listener: (value: T) => void): () => void
  emit(value: T): void
}
