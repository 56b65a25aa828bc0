/**
 * RoomState: what a client knows of a room at one position. Pure: every function gives a new state and changes none.
 * A row applies only if its version is higher than the held one's, so duplicates, replays and late rows are no-ops.
 */
import type {
  Event,
  MemberRow,
  MessageListResult,
  MessageRow,
  Position,
  Range,
  ResumePoint,
  RoomOpened,
  RoomRow,
  Snapshot,
} from '@parlor/protocol'
import { extendNewer, extendOlder, mergeRows, type Window, windowOf } from './window.ts'

export interface RoomState extends Position {
  readonly room: RoomRow
  /** Who reads; whose row `me` is. */
  readonly viewerId: string | null
  /** The viewer's own row, a tombstone included; null if there never was one. */
  readonly me: MemberRow | null
  /** Tombstones included: without them a late row would bring a member back. */
  readonly members: ReadonlyMap<string, MemberRow>
  readonly membersComplete: boolean
  readonly window: Window
  /** The messages of the window, oldest first, tombstones included. */
  readonly rows: readonly MessageRow[]
}

/** Whether an event is the next one, was seen already, or shows that something is missing. */
export function judge(state: RoomState, seq: number): 'next' | 'seen' | 'gap' {
  if (seq <= state.seq) return 'seen'
  return seq === state.seq + 1 ? 'next' : 'gap'
}

/** Applies the next event. Its rows count, not its type, so events of a newer service move the position too. */
export function applyEvent(state: RoomState, event: Event): RoomState {
  const moved = { ...state, seq: event.seq, epoch: event.epoch ?? state.epoch }
  return applyRows(moved, rowsOf(event))
}

/** Applies what changed after `range.from`, which the state's position has reached; then stands at `range.to`. */
export function applyRange(state: RoomState, range: Range, epoch: string): RoomState {
  return applyRows({ ...state, seq: Math.max(state.seq, range.to), epoch }, range)
}

/** The state of a room that was opened with a reset, or of a server-rendered page. */
export function stateOf(start: Start, viewerId: string | null): RoomState {
  const members = new Map(start.members.map((member) => [member.userId, member]))
  if (start.me) members.set(start.me.userId, start.me)
  return {
    epoch: start.epoch,
    seq: start.head,
    room: start.room,
    viewerId,
    me: start.me,
    members,
    membersComplete: start.membersComplete,
    window: windowOf({ ...start, hasNewer: false }),
    rows: start.messages,
  }
}

/** Where a reset starts; undefined if the room was opened with a range. */
export function startOf(opened: RoomOpened): Start | undefined {
  const { epoch, head, me, reset } = opened
  return reset && { ...reset, epoch, head, me }
}

/** The viewer's membership, as an answer gave it: it is sent apart from the members, which may be incomplete. */
export function withMe(state: RoomState, me: MemberRow | null): RoomState {
  return me ? applyRows(state, { members: [me], messages: [] }) : { ...state, me: null }
}

/**
 * Adds a page of history. The state has reached the page's head in its epoch; `seen` are the rows that came after the
 * page was asked for: those above its head are applied again, or a change that overtook the page would be lost.
 * `replace`: the page becomes the window.
 */
export function applyPage(
  state: RoomState,
  page: MessageListResult,
  edge: PageEdge,
  seen: readonly MessageRow[],
): RoomState {
  const later = seen.filter((row) => row.version > page.head)
  const window = EXTENDED[edge](state.window, page)
  const held = edge === 'replace' ? [] : state.rows
  const rows = mergeRows(mergeRows(held, window, page.messages), window, later)
  return { ...state, window, rows }
}

/** Adds a page of members, or the last one. */
export function applyMembers(state: RoomState, members: MemberRow[], isComplete: boolean): RoomState {
  return { ...applyRows(state, { members, messages: [] }), membersComplete: isComplete || state.membersComplete }
}

/** Where to go on after a break, and the proof that this history is the one that was held. */
export function resumePointOf(state: RoomState): ResumePoint {
  const newest = state.rows.at(-1)
  const position = { epoch: state.epoch, seq: state.seq }
  return newest ? { ...position, newest: { seq: newest.seq, id: newest.id } } : position
}

/** The rows that an event carries. */
export function rowsOf(event: Event): Rows {
  const { room, member, message } = event as { room?: RoomRow; member?: MemberRow; message?: MessageRow }
  return { ...(room && { room }), members: member ? [member] : [], messages: message ? [message] : [] }
}

const EXTENDED: Record<PageEdge, (window: Window, page: MessageListResult) => Window> = {
  older: extendOlder,
  newer: extendNewer,
  replace: (_window, page) => windowOf(page),
}

function applyRows(state: RoomState, { room, members, messages }: Rows): RoomState {
  const applied = applyMemberRows(room && room.version > state.room.version ? withRoom(state, room) : state, members)
  return { ...applied, rows: mergeRows(applied.rows, applied.window, messages) }
}

/** Retention raises the floor: what lies below it is gone, and nothing older is left to load. */
function withRoom(state: RoomState, room: RoomRow): RoomState {
  if (room.floor <= state.room.floor) return { ...state, room }
  const { low, high } = state.window
  const rows = state.rows.filter((row) => row.seq >= room.floor)
  return { ...state, room, rows, window: { low: low <= room.floor ? 0 : low, high } }
}

function applyMemberRows(state: RoomState, rows: readonly MemberRow[]): RoomState {
  const newer = rows.filter((row) => row.version > (state.members.get(row.userId)?.version ?? -1))
  if (newer.length === 0) return state
  const members = new Map(state.members)
  for (const row of newer) members.set(row.userId, row)
  const own = state.viewerId === null ? undefined : members.get(state.viewerId)
  return { ...state, members, me: own ?? state.me }
}

// --- types ---

export interface Rows {
  room?: RoomRow
  members: readonly MemberRow[]
  messages: readonly MessageRow[]
}

export type Start = Pick<
  Snapshot,
  'epoch' | 'head' | 'room' | 'me' | 'messages' | 'hasOlder' | 'members' | 'membersComplete'
>

export type PageEdge = 'older' | 'newer' | 'replace'
