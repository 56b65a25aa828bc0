/** Summary: what a log holds, counted: how much was tried and told, and how what nobody knew ended. */
import type { LogEntry, OperationKind } from '../log.ts'
import { readEvidence } from './evidence.ts'
import { isAskedToGo } from './g11-rolling-restart.ts'
import { readMessages } from './messages.ts'

export interface Summary {
  /** By kind, in the order in which they first occurred. */
  operations: Partial<Record<OperationKind, Outcomes>>
  /** Operations of all kinds. */
  total: number
  /** Events told, and rows told inside ranges, over all sockets. */
  deliveries: number
  sockets: number
  /** Sockets that ended before the run did. */
  breaks: number
  /** Times that a socket went on from a position, and was told what it had missed. */
  resumes: number
  /** Times that it was told to begin anew. */
  resets: number
  /** Ranges told live. */
  ranges: number
  /** Times that somebody was told who is in a room. */
  presences: number
  /** Sockets that were asked to go by a node that ended. */
  askedToGo: number
  faults: number
  /** Of these, how many kept the database away. */
  storeFaults: number
  /** Backups restored. */
  restores: number
  /** Messages that somebody tried to send and whose outcome was unknown at some time, and what became of them. */
  unknownSends: { stored: number; never: number }
}

export interface Outcomes {
  begun: number
  ok: number
  fail: number
  unknown: number
}

export function summarize(entries: readonly LogEntry[]): Summary {
  const evidence = readEvidence(entries)
  const operations: Summary['operations'] = {}
  for (const { entry, end } of evidence.operations) {
    operations[entry.kind] ??= { begun: 0, ok: 0, fail: 0, unknown: 0 }
    const outcomes = operations[entry.kind] as Outcomes
    outcomes.begun += 1
    if (end) outcomes[end.entry.type] += 1
  }
  const opened = evidence.reads.filter(({ how }) => how === 'opened')
  const told = evidence.reads.filter(({ from }) => from !== undefined)
  const answered = new Set(
    evidence.answers.filter(({ ok, error }) => ok || error?.retryable === false).map(({ command }) => command),
  )
  const doubtful = readMessages(evidence).filter(({ sends }) => sends.some((send) => !answered.has(send)))
  const stored = doubtful.filter(({ row }) => row).length
  return {
    operations,
    total: evidence.operations.length,
    deliveries: evidence.events.length + told.reduce((sum, { rows }) => sum + rows.length, 0),
    sockets: evidence.sockets.length,
    breaks: evidence.sockets.filter(({ closedAt }) => closedAt !== undefined && !isAfterEnd(entries, closedAt)).length,
    resumes: opened.filter(({ from }) => from !== undefined).length,
    resets: opened.filter(({ resetReason }) => resetReason !== undefined && resetReason !== 'fresh').length,
    ranges: evidence.reads.filter(({ how }) => how === 'range').length,
    presences: evidence.presences.length,
    askedToGo: entries.filter(isAskedToGo).length,
    faults: entries.filter((entry) => entry.type === 'fault' && entry.phase === 'begin').length,
    storeFaults: entries.filter((entry) => entry.type === 'fault' && entry.phase === 'begin' && entry.isStoreDown)
      .length,
    restores: entries.filter((entry) => entry.type === 'restored').length,
    unknownSends: { stored, never: doubtful.length - stored },
  }
}

/** The run closes its sockets after it has read the rooms. */
function isAfterEnd(entries: readonly LogEntry[], at: number): boolean {
  return entries.slice(0, at).some(({ type }) => type === 'final')
}
