/** KeptEntry: a message of the outbox as it lies on the device. */

import { ERRORS, type JsonObject } from '@parlor/protocol'
import { ChatError, CLIENT_ERRORS } from '../errors.ts'
import type { Entry } from '../outbox-entry.ts'

/** No count of tries: whatever comes back from the device may have been sent, however often. */
export interface KeptEntry {
  id: string
  text: string
  data?: JsonObject
  createdAt: number
  phase: 'waiting' | 'failed' | 'cancelling'
  isBurned: boolean
  /** Why it failed. */
  error?: KeptError
}

/** What is worth keeping: nothing of what is stored, whose row comes from the service. */
export function keepEntries(entries: readonly Entry[]): readonly KeptEntry[] {
  return entries.flatMap(({ id, text, data, createdAt, phase: now, isBurned, error }): KeptEntry[] => {
    if (now === 'stored') return []
    const phase = now === 'refused' ? 'failed' : now
    return [{ id, text, ...(data && { data }), createdAt, phase, isBurned, ...(error && { error: keepError(error) }) }]
  })
}

/**
 * The entries of a record, in their order; what can't be one is dropped. One that waits may have been sent before: so it
 * goes out as a repeated attempt, and a discard takes it back at the service.
 */
export function restoreEntries(record: unknown): readonly Entry[] {
  if (!Array.isArray(record)) return []
  return record.filter(isKeptEntry).map(({ error, ...kept }) => ({
    ...kept,
    attempt: 1,
    isInDoubt: kept.phase !== 'failed',
    ...(error && { error: restoreError(error) }),
  }))
}

/** Whether both are the same message in the same state. */
export function isSameKept(one: KeptEntry, other: KeptEntry): boolean {
  return (
    one.id === other.id &&
    one.text === other.text &&
    one.data === other.data &&
    one.phase === other.phase &&
    one.isBurned === other.isBurned
  )
}

function keepError({ code, message, hint, field }: ChatError): KeptError {
  return { code, message, ...(hint !== undefined && { hint }), ...(field !== undefined && { field }) }
}

/** A code of a newer version is one that this version can't know. */
function restoreError({ code, ...details }: KeptError): ChatError {
  const isKnown = Object.hasOwn(ERRORS, code) || Object.hasOwn(CLIENT_ERRORS, code)
  return new ChatError(isKnown ? (code as ChatError['code']) : 'invalid', details)
}

function isKeptEntry(record: unknown): record is KeptEntry {
  if (typeof record !== 'object' || record === null) return false
  const { id, text, createdAt, phase, data, error } = record as Record<string, unknown>
  return (
    typeof id === 'string' &&
    typeof text === 'string' &&
    typeof createdAt === 'number' &&
    ['waiting', 'failed', 'cancelling'].includes(phase as string) &&
    (data === undefined || (typeof data === 'object' && data !== null)) &&
    (error === undefined || typeof (error as KeptError | null)?.code === 'string')
  )
}

// --- types ---

interface KeptError {
  code: string
  message: string
  hint?: string
  field?: string
}
