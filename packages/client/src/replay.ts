/** ReplayLog: the message rows that arrived while a page was under way, to be applied again over the page. */
import type { MessageRow } from '@parlor/protocol'

export interface ReplayLog {
  /** A page is asked for now: from here on rows are kept for it. */
  begin(): Replay
  /** Rows of an event or a range that was applied. Kept only while a page is under way. */
  record(rows: readonly MessageRow[]): void
}

export interface Replay {
  /** What was recorded since, in the order in which it came. */
  seen(): readonly MessageRow[]
  /** The page was applied or dropped. */
  end(): void
}

export function createReplayLog(): ReplayLog {
  const open = new Set<MessageRow[]>()
  return {
    begin() {
      const seen: MessageRow[] = []
      open.add(seen)
      return { seen: () => seen, end: () => void open.delete(seen) }
    },
    record(rows) {
      for (const seen of open) seen.push(...rows)
    },
  }
}
