/** Evidence: a log in order: who was told what on which socket, what was asked there, and what is known of the rows. */
import type { Final, Invoke, LogEntry, Position, WireItem } from '../log.ts'
import { Facts, type Row, rowsOf } from './facts.ts'
import type { Place } from './violation.ts'

export interface Evidence {
  readonly entries: readonly LogEntry[]
  readonly rooms: ReadonlyMap<string, RoomEvidence>
  readonly sockets: readonly SocketEvidence[]
  readonly events: readonly EventTold[]
  readonly reads: readonly Read[]
  readonly answers: readonly Answer[]
  readonly closings: readonly RoomClosing[]
  /** Who was said to be in a room. */
  readonly presences: readonly PresenceTold[]
  /** Commands, in the order in which they were sent. */
  readonly commands: readonly Command[]
  readonly operations: readonly Operation[]
  /** Ms of the last entry. */
  readonly endAt: number
  /** How many backups had been restored before this entry. */
  branchAt(at: number): number
  /** The last socket of a client before this entry. */
  socketOf(client: string, at: number): SocketEvidence | undefined
}

export function readEvidence(entries: readonly LogEntry[]): Evidence {
  const reader = new EvidenceReader(entries)
  for (const [at, entry] of entries.entries()) reader.read(entry, at)
  return reader
}

class EvidenceReader implements Evidence {
  readonly entries: readonly LogEntry[]
  readonly rooms = new Map<string, RoomEvidence>()
  readonly sockets: SocketEvidence[] = []
  readonly events: EventTold[] = []
  readonly reads: Read[] = []
  readonly answers: Answer[] = []
  readonly closings: RoomClosing[] = []
  readonly presences: PresenceTold[] = []
  readonly commands: Command[] = []
  readonly operations: Operation[] = []
  readonly endAt: number
  readonly #byConnection = new Map<string, SocketState>()
  readonly #byOperation = new Map<number, Operation>()
  /** Places of the `restored` entries. */
  readonly #restores: number[] = []

  constructor(entries: readonly LogEntry[]) {
    this.entries = entries
    this.endAt = entries.at(-1)?.at ?? 0
  }

  branchAt(at: number): number {
    return this.#restores.filter((restored) => restored < at).length
  }

  socketOf(client: string, at: number): SocketEvidence | undefined {
    return this.sockets.findLast((socket) => socket.client === client && socket.openedAt < at)
  }

  read(entry: LogEntry, at: number): void {
    if (entry.type === 'room') this.#room(entry.room).base = entry.head
    else if (entry.type === 'invoke') this.#invoke(entry, at)
    else if (entry.type === 'ok' || entry.type === 'fail' || entry.type === 'unknown') {
      const operation = this.#byOperation.get(entry.op)
      if (operation) operation.end = { at, entry }
    } else if (entry.type === 'restored') {
      this.#restores.push(at)
      for (const [roomId, room] of this.rooms) room.facts.restore(entry.heads[roomId] ?? 0)
    } else if (entry.type === 'opened') {
      const { connection, client, user } = entry
      const socket: SocketEvidence = { connection, client, user, branch: this.#restores.length, openedAt: at }
      this.sockets.push(socket)
      this.#byConnection.set(connection, { socket, commands: new Map(), streams: new Map(), named: new Map() })
    } else if (entry.type === 'closed') {
      const state = this.#byConnection.get(entry.connection)
      if (state) state.socket.closedAt ??= at
    } else if (entry.type === 'sent') {
      const state = this.#byConnection.get(entry.connection)
      if (state) this.#sent(state, entry.item, at)
    } else if (entry.type === 'received') {
      const state = this.#byConnection.get(entry.connection)
      if (state) for (const [item, content] of entry.items.entries()) this.#received(state, content, { at, item })
    } else if (entry.type === 'final') {
      const room = this.#room(entry.room)
      room.final = { at, entry }
      room.facts.add(rowsOf(entry, { at }), this.#restores.length)
    }
  }

  #room(roomId: string): RoomEvidence {
    const found = this.rooms.get(roomId)
    if (found) return found
    const room: RoomEvidence = { base: 0, facts: new Facts() }
    // Restores before the room was first heard of took nothing of it back.
    for (const _ of this.#restores) room.facts.restore(Number.POSITIVE_INFINITY)
    this.rooms.set(roomId, room)
    return room
  }

  #invoke(entry: Invoke, at: number): void {
    const operation: Operation = { at, entry, branch: this.#restores.length }
    this.operations.push(operation)
    this.#byOperation.set(entry.op, operation)
  }

  #sent(state: SocketState, item: WireItem, at: number): void {
    const command: Command = { at, socket: state.socket, frame: item }
    this.commands.push(command)
    if (item.ref !== undefined) state.commands.set(item.ref, command)
    if (item.type === 'hello')
      for (const named of item.rooms ?? []) state.named.set(named.roomId, { position: named, command })
  }

  #received(state: SocketState, item: WireItem, place: Place): void {
    const { socket, streams } = state
    const { roomId = '', type } = item
    if (item.ref !== undefined) this.#reply(state, item, place)
    else if (type === 'room.opened') {
      const stream = streams.get(roomId)
      const named = state.named.get(roomId)
      this.#opened(state, item, place, stream ? { position: { ...stream } } : named)
    } else if (type === 'room.range') {
      const before = streams.get(roomId)
      this.#addRead({ ...readOf('range', socket, item, place), before: before && { ...before }, from: item.from }, item)
      if (before) streams.set(roomId, { epoch: item.epoch, seq: Math.max(before.seq, item.to) })
    } else if (type === 'room.closed') {
      streams.delete(roomId)
      this.closings.push({ place, socket, roomId, reason: item.reason })
    } else if (type === 'presence') this.presences.push({ place, socket, roomId, item })
    else if (typeof item.seq === 'number' && roomId) this.#event(state, item, place)
  }

  #event({ socket, streams }: SocketState, item: WireItem, place: Place): void {
    const { roomId = '', seq = 0 } = item
    const stream = streams.get(roomId)
    const epoch = item.epoch ?? stream?.epoch ?? ''
    const rows = rowsOf(item, place)
    this.events.push({ place, socket, roomId, before: stream && { ...stream }, epoch, seq, rows, item })
    this.#room(roomId).facts.add(rows, socket.branch)
    if (stream) streams.set(roomId, { epoch, seq: Math.max(stream.seq, seq) })
  }

  #reply(state: SocketState, item: WireItem, place: Place): void {
    const { ref = -1, ok, error } = item
    const command = state.commands.get(ref)
    if (!command) return
    state.commands.delete(ref)
    const roomId = command.frame.roomId ?? ''
    this.answers.push({ place, socket: state.socket, roomId, command, ...(ok && { ok }), ...(error && { error }) })
    if (!ok) return
    const { type, since, position } = command.frame
    if (type === 'room.open') this.#opened(state, ok, place, since && { position: since, command })
    else if (type === 'room.close') state.streams.delete(roomId)
    else if (type === 'message.list') {
      const read = { ...readOf('page', state.socket, { ...ok, roomId }, place), span: spanOf(command.frame, ok) }
      this.#addRead(position ? { ...read, asked: { position, command } } : read, ok)
    } else if (type === 'member.list') this.#addRead(readOf('members', state.socket, { ...ok, roomId }, place), ok)
  }

  #opened(state: SocketState, item: WireItem, place: Place, asked: Asked | undefined): void {
    const { roomId = '', epoch, head, range, reset } = item
    const before = state.streams.get(roomId)
    const read: Read = { ...readOf('opened', state.socket, item, place), before: before && { ...before } }
    if (asked) read.asked = asked
    if (range) read.from = range.from
    if (reset) {
      read.resetReason = reset.reason
      const low: number = reset.hasOlder ? (reset.messages[0]?.seq ?? head + 1) : 0
      read.span = { low, high: head }
    }
    this.#addRead(read, item)
    state.streams.set(roomId, { epoch, seq: head })
  }

  #addRead(read: Read, item: WireItem): void {
    const rows = rowsOf(item, read.place)
    this.reads.push({ ...read, rows })
    this.#room(read.roomId).facts.add(rows, read.socket.branch)
  }
}

function readOf(how: Read['how'], socket: SocketEvidence, item: WireItem, place: Place): Read {
  const { roomId = '', epoch, head, to } = item
  return { place, socket, roomId, how, epoch, head: head ?? to, rows: [] }
}

/** The seqs of creation between which a page has every message. */
function spanOf({ before, after }: WireItem, { messages, hasOlder, hasNewer, head }: WireItem): Read['span'] {
  const first: number = messages[0]?.seq ?? head + 1
  const last: number = messages.at(-1)?.seq ?? 0
  if (messages.length === 0)
    return hasOlder || hasNewer ? undefined : { low: (after ?? -1) + 1, high: (before ?? head + 1) - 1 }
  const low = after !== undefined ? after + 1 : hasOlder ? first : 0
  const high = before !== undefined ? before - 1 : hasNewer ? last : head
  return { low, high }
}

// --- types ---

export interface RoomEvidence {
  /** Where the room stood before the run. */
  base: number
  facts: Facts
  final?: { at: number; entry: Final }
}

export interface SocketEvidence {
  connection: string
  client: string
  user: string
  /** How many backups had been restored when it opened. */
  branch: number
  /** Places in the log. */
  openedAt: number
  closedAt?: number
}

export interface Command {
  at: number
  socket: SocketEvidence
  frame: WireItem
}

/** What somebody was told, and where. */
interface Told {
  place: Place
  socket: SocketEvidence
  roomId: string
}

export interface EventTold extends Told {
  /** Where the stream stood before it; undefined if the room wasn't open. */
  before: Position | undefined
  epoch: string
  seq: number
  rows: Row[]
  item: WireItem
}

/** Rows as they were at one head. */
export interface Read extends Told {
  how: 'opened' | 'range' | 'page' | 'members'
  epoch: string
  head: number
  /** Of a range: everything that changed above it is here. */
  from?: number
  resetReason?: string
  /** Every message that was created between these is here. */
  span?: { low: number; high: number } | undefined
  /** Where the stream stood before it. */
  before?: Position | undefined
  /** The position that the client named, or where the service itself had left off. */
  asked?: Asked
  rows: Row[]
}

export interface Asked {
  position: Position
  /** Missing where the service went on by itself. */
  command?: Command
}

export interface Answer extends Told {
  command: Command
  ok?: WireItem
  error?: WireItem
}

export interface RoomClosing extends Told {
  reason: string
}

export interface PresenceTold extends Told {
  item: WireItem
}

export interface Operation {
  at: number
  entry: Invoke
  branch: number
  end?: { at: number; entry: Extract<LogEntry, { type: 'ok' | 'fail' | 'unknown' }> }
}

interface SocketState {
  socket: SocketEvidence
  commands: Map<number, Command>
  streams: Map<string, Position>
  named: Map<string, Asked>
}
