/** Messages of a run: what was tried under each id, what was answered, and what is there at the end. */
import type { MessageRow, WireItem } from '../log.ts'
import type { Answer, Command, Evidence, Operation, RoomEvidence } from './evidence.ts'
import { formatContent } from './facts.ts'

export interface MessageHistory {
  roomId: string
  id: string
  room: RoomEvidence
  /** `message.send` commands, in the order in which they were sent. */
  sends: Command[]
  /** Answers to those and to `message.cancel`. */
  answers: Answer[]
  /** Operations of people on it. */
  operations: Operation[]
  /** Its row at the end. */
  row: MessageRow | undefined
}

/** By room and id; everything that somebody sent, or tried to, in a room whose end is known. */
export function readMessages(evidence: Evidence): MessageHistory[] {
  const found = new Map<string, MessageHistory>()
  const finals = new Map<string, Map<string, MessageRow>>()
  for (const [roomId, { final }] of evidence.rooms)
    finals.set(roomId, new Map(final?.entry.messages.map((row) => [row.id, row])))

  const of = (roomId: string, id: string): MessageHistory | undefined => {
    const room = evidence.rooms.get(roomId)
    if (!room?.final) return undefined
    const key = `${roomId} ${id}`
    const known = found.get(key)
    if (known) return known
    const history = { roomId, id, room, sends: [], answers: [], operations: [], row: finals.get(roomId)?.get(id) }
    found.set(key, history)
    return history
  }
  for (const operation of evidence.operations) {
    const { room, message, kind } = operation.entry
    if (room && message && CHANGES.has(kind)) of(room, message)?.operations.push(operation)
  }
  for (const command of evidence.commands)
    if (command.frame.type === 'message.send') of(command.frame.roomId ?? '', command.frame.id)?.sends.push(command)
  for (const answer of evidence.answers) {
    const { type, id } = answer.command.frame
    if (type === 'message.send' || type === 'message.cancel') of(answer.roomId, id)?.answers.push(answer)
  }
  return [...found.values()]
}

/** A refusal that stands: the same again would be refused again. Another message under the id says nothing of this one. */
export function isRefusal({ error }: Answer): boolean {
  return error !== undefined && error.retryable === false && error.code !== 'id_conflict'
}

/** The same text for the same content of a message, whatever the order of its fields. */
export function formatDraft(draft: object): string {
  const { text, data } = draft as WireItem
  return formatContent({ text: text ?? '', data: data ?? null })
}

const CHANGES: ReadonlySet<string> = new Set(['send', 'retry', 'discard', 'edit', 'delete', 'react'])
