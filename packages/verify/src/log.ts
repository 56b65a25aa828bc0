/** The log of a run: what was asked, what was answered, what came over the wire and what was shown, a line each. */
import type { MemberRow, RoomRow, Snapshot } from '@parlor/client'

/** A log out of its text. Throws a `TypeError` that names the line that is none. */
export function parseLog(text: string): LogEntry[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => {
    const entry = parse(line)
    if (!entry) throw new TypeError(`Line ${index + 1} is no entry of a log: it needs "at" and "type".`)
    return entry
  })
}

/** A line of the log, with its line break. */
export function formatEntry(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`
}

function parse(line: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<LogEntry> | null
    return typeof entry?.at === 'number' && typeof entry.type === 'string' ? (entry as LogEntry) : undefined
  } catch {
    return undefined
  }
}

// --- types ---

/**
 * One line of the log: a JSON object. Lines stand in the order in which things happened. `at` is in ms since the run
 * began, by a clock that never steps. docs/verify.md describes the format for people who write or read such a log with
 * other tools.
 */
export type LogEntry =
  | Header
  | RoomEntry
  | Invoke
  | Ok
  | Fail
  | Unknown
  | Reloaded
  | Opened
  | Sent
  | Received
  | Closed
  | Shown
  | FaultEntry
  | Restored
  | Ready
  | Healed
  | Final
  | End

/** The first line: what ran, and how to run it again. */
export interface Header extends Timed {
  type: 'header'
  /** The version of this format. */
  format: 1
  /** Names the run; the rooms and users that it makes have it in their ids. */
  run: string
  seed: number
  url: string
  /** The wall clock at `at` 0, ISO 8601. */
  startedAt: string
  versions: Record<string, string>
}

/** A room that takes part. */
export interface RoomEntry extends Timed {
  type: 'room'
  room: string
  kind: 'public' | 'private'
  /** Where the room stood before the run: nothing up to here is judged. */
  head: number
}

/** Somebody began to do something. Ends in at most one `ok`, `fail` or `unknown` with the same `op`. */
export interface Invoke extends Timed {
  type: 'invoke'
  op: number
  /** Who did it: a client by its name, or `server` for the app's server. */
  client: string
  /** The user whose client it is. */
  user: string
  kind: OperationKind
  room?: string
  /** The id of the message that it makes or changes. */
  message?: string
  /** What it sends or edits to. No two operations of a run have the same text. */
  text?: string
  emoji?: string
  /** Whether the reaction is set. */
  on?: boolean
  /** Whose membership it changes. */
  member?: string
}

export type OperationKind =
  | 'send'
  | 'retry'
  | 'discard'
  | 'edit'
  | 'delete'
  | 'react'
  | 'older'
  | 'newer'
  | 'jump'
  | 'latest'
  | 'connect'
  | 'disconnect'
  | 'cut'
  | 'pause'
  | 'reload'
  | 'remove'
  | 'return'

/** It is done: durably, if it changes the room. */
export interface Ok extends Timed {
  type: 'ok'
  op: number
  /** Of a `send` or `retry`: the message's seq. Of a `remove` or `return`: the version of the member's row. */
  seq?: number
  /** Of a `retry`: the id under which it went out; another one where the old id can't be used. */
  message?: string
  /** Of a `discard`: false if the message turned out to be stored. */
  isDiscarded?: boolean
}

/** It was refused for good, and did nothing. */
export interface Fail extends Timed {
  type: 'fail'
  op: number
  code: string
}

/** Nobody could tell whether it was done. It may still come to be. */
export interface Unknown extends Timed {
  type: 'unknown'
  op: number
  code: string
}

/** A client was replaced by a new one, as a page is by its reload. */
export interface Reloaded extends Timed {
  type: 'reloaded'
  client: string
  /** Whether its storage was kept: then what it had put on the wire must not be forgotten. */
  keepsStorage: boolean
  /** Messages that were shown as pending. */
  pending: { room: string; message: string }[]
}

/** A socket to the service opened. */
export interface Opened extends Timed {
  type: 'opened'
  connection: string
  client: string
  user: string
}

/** A frame of a client, as it was given to the socket; the token of `hello` is left out. */
export interface Sent extends Timed {
  type: 'sent'
  connection: string
  item: WireItem
}

/** A frame of the service: its items, in order. Heartbeats are left out. */
export interface Received extends Timed {
  type: 'received'
  connection: string
  items: WireItem[]
}

export interface Closed extends Timed {
  type: 'closed'
  connection: string
  code: number
  /** `run`: the workload or its client closed it, and nothing that came after that is in the log. */
  by: 'service' | 'run'
}

/** What a client shows of a room. */
export interface Shown extends Timed {
  type: 'shown'
  client: string
  user: string
  room: string
  /** Everything was healed and had settled. */
  isFinal: boolean
  status: string
  /** Where the client stood in the room; left out where that wasn't certain. */
  position?: Position
  row: RoomRow | null
  me: MemberRow | null
  members: readonly MemberRow[]
  membersComplete: boolean
  hasOlder: boolean
  hasNewer: boolean
  messages: ShownMessage[]
}

/** A message as it is shown: the row, and what is laid over it. */
export interface ShownMessage {
  id: string
  status: string
  isChanging: boolean
  seq?: number
  version?: number
  user: string
  text: string
  editedAt?: number
  deletedAt?: number
  deletedBy?: string
  reactions: Reaction[]
  /** Why it failed. */
  error?: string
}

/** Something was broken on purpose (`begin`), or works again (`end`). Everybody may be late while it lasts (G4). */
export interface FaultEntry extends Timed {
  type: 'fault'
  phase: 'begin' | 'end'
  /** The same number at its begin and its end. */
  fault: number
  name: string
  /** The service can't write to its database while it lasts: nothing may be acknowledged (G13). */
  isStoreDown?: boolean
  /** Only who is shown as there may be late or wrong while it lasts (G10): for everything else it is no fault. */
  isOfPresence?: boolean
}

/** The service was started again on an older copy of its database: what lies above these heads is taken back. */
export interface Restored extends Timed {
  type: 'restored'
  heads: Record<string, number>
}

/** The service was asked whether it is ready. */
export interface Ready extends Timed {
  type: 'ready'
  isReady: boolean
}

/** Nothing more is broken from here on, and nothing new is begun. */
export interface Healed extends Timed {
  type: 'healed'
}

/** A room's history, read by a fresh reader after everything had settled. */
export interface Final extends Timed {
  type: 'final'
  room: string
  epoch: string
  head: number
  row: RoomRow
  members: MemberRow[]
  /** Every message above the head at which the room entered the run, oldest first. */
  messages: MessageRow[]
}

/** The last line: the log is whole. */
export interface End extends Timed {
  type: 'end'
}

/** A command, reply, event or push of the protocol, as docs/protocol.md describes it. */
export interface WireItem {
  type?: string
  ref?: number
  roomId?: string
  seq?: number
  // biome-ignore lint/suspicious/noExplicitAny: what comes from the wire is what is judged.
  [field: string]: any
}

export type MessageRow = Snapshot['messages'][number]

export type Reaction = MessageRow['reactions'][number]

export interface Position {
  epoch: string
  seq: number
}

interface Timed {
  at: number
}
