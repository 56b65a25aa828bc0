/** Every operation of the store as a function of one transaction, by the name that it has in the Store. */
import type { Store } from '../store.ts'
import { readChanges, readRoom } from './catch-up.ts'
import { listMessages } from './history.ts'
import { addMember, listMembers, removeMember, updateMember } from './members.ts'
import { cancelMessage, deleteMessage, editMessage, sendMessage } from './messages.ts'
import { setReaction } from './reactions.ts'
import { listRooms, readHeads } from './room-list.ts'
import { joinRoom, leaveRoom, upsertRoom } from './rooms.ts'
import type { Snapshot, Transaction } from './rows.ts'

/** They write; they run one after the other. A ChatError thrown by one is its outcome, and commits what it wrote. */
export const CHANGES = {
  upsertRoom,
  joinRoom,
  leaveRoom,
  addMember,
  removeMember,
  updateMember,
  sendMessage,
  editMessage,
  deleteMessage,
  cancelMessage,
  setReaction,
  revokeSession: (tx, sid, until) => tx.rows.revokeSession(sid, until, tx.nowMs),
} satisfies Partial<Operations<Transaction>>

/** They only read, each from one snapshot. */
export const READS = {
  readRoom,
  listRooms,
  readHeads,
  readChanges,
  listMembers,
  listMessages,
  listRevokedSessions: (tx, after = 0) => tx.rows.listRevokedSessions(Math.max(after, tx.nowMs)),
} satisfies Partial<Operations<Snapshot>>

/** Runs an operation that came by its name; the arguments are those of the Store's method. */
export function runOperation(
  table: OperationTable,
  tx: Transaction | Snapshot,
  name: string,
  args: readonly unknown[],
): unknown {
  const operation = Object.hasOwn(table, name) ? table[name] : undefined
  if (!operation) throw new Error(`the store has no operation ${name}`)
  return operation(tx as never, ...(args as never[]))
}

// --- types ---

export type ChangeName = keyof typeof CHANGES
export type ReadName = keyof typeof READS

/** The arguments of a Store method, and what it resolves to. */
export type Arguments<N extends ChangeName | ReadName> = Parameters<Store[N]>
export type Answer<N extends ChangeName | ReadName> = Awaited<ReturnType<Store[N]>>

type OperationTable = Record<string, (tx: never, ...args: never[]) => unknown>

type Operations<Tx> = {
  [N in Exclude<keyof Store, 'startId' | 'openRoom' | 'checkHealth' | 'close'>]: (
    tx: Tx,
    ...args: Parameters<Store[N]>
  ) => Awaited<ReturnType<Store[N]>>
}
