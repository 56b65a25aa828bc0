/**
 * RelayRoom: one room that several tabs follow over one connection. The service keeps one stream of it for all of them,
 * and each `room.open` begins that stream anew: what was committed in between is in its answer and nowhere else. So one
 * `room.open` is under way at a time, its answer goes to every tab that it brings further, and for a tab that it doesn't
 * reach the relay asks once more, from where that tab stands. Nobody is left behind in silence.
 */
import type {
  DownItem,
  MessageRow,
  ResumePoint,
  RoomClosedPush,
  RoomOpenCommand,
  RoomOpened,
  WireError,
} from '@parlor/protocol'

/** `Tab` is whatever the relay knows its tabs by. */
export interface RelayRoom<Tab> {
  /** A tab opens the room, perhaps once more. It hears nothing of the room until its answer. */
  open(tab: Tab, wish: Wish): void
  /** As `open`, where the tab's `hello` is about to ask: the answer comes as a push. */
  expect(tab: Tab, wish: Wish): void
  /** A tab closes the room, or is gone. An answer that it waits for isn't given. */
  close(tab: Tab): void
  /** What the service says of the room by itself. */
  receive(item: DownItem): void
}

export function createRelayRoom<Tab>(deps: RelayRoomDeps<Tab>): RelayRoom<Tab> {
  const { roomId, tell } = deps
  /** Who follows the room. Null: in step with the stream. A point: left behind there, hears nothing until caught up. */
  const followers = new Map<Tab, ResumePoint | null>()
  /** Who asked and has to wait, in order. */
  const waiting: Opening<Tab>[] = []
  /** What the service is asked now. */
  let current: Opening<Tab> | undefined
  /** Where the service's stream stands, and the newest message in it; undefined while there is no stream. */
  let at: ResumePoint | undefined
  let limit: number | undefined

  const tellInStep = (item: DownItem): void => {
    for (const [tab, behind] of followers) if (!behind) tell(tab, item)
  }

  const next = (): void => {
    if (current) return
    const behind = [...followers.values()].find((point) => point !== null)
    current = behind ? { since: behind, answer: () => {} } : waiting.shift()
    if (current) deps.ask(commandOf(roomId, current.since, limit), settle)
    else if (followers.size === 0) deps.onEmpty(at !== undefined)
  }
  const settle = (answer: OpenAnswer): void => {
    const opening = current
    current = undefined
    if (opening && answer.ok) opened(answer.ok, opening)
    else if (opening && answer.error) refused(answer.error, opening)
    next()
  }
  const answerTo = (opening: Opening<Tab>, answer: OpenAnswer): void => {
    if (opening.tab === undefined) return
    if (answer.ok) followers.set(opening.tab, null)
    opening.answer(answer)
  }

  const opened = (result: RoomOpened, opening: Opening<Tab>): void => {
    const before = at
    at = pointAt(result, before && reaches(result, before) ? before.newest : undefined)
    for (const [tab, behind] of followers) {
      const stood = behind ?? before
      if (stood) followers.set(tab, bring(tab, stood, result, opening.since))
    }
    answerTo(opening, { ok: result })
    // Who holds no more than this answer begins with, or stands where it was asked from, need not ask for it again.
    const isAnswered = (since: ResumePoint): boolean =>
      reaches(result, since) || (opening.since !== undefined && isSame(since, opening.since))
    const reached = waiting.filter(({ since }) => since && isAnswered(since))
    for (const other of reached) {
      waiting.splice(waiting.indexOf(other), 1)
      answerTo(other, { ok: result })
    }
  }
  /** Brings a follower from where it stood to where the stream is now; gives where it is left behind, or null. */
  const bring = (tab: Tab, stood: ResumePoint, result: RoomOpened, since?: ResumePoint): ResumePoint | null => {
    const { epoch, head, range } = result
    if (isSame(stood, { epoch, seq: head })) return null
    if (range && reaches(result, stood)) tell(tab, { type: 'room.range', roomId, epoch, ...range })
    else if (since && isSame(stood, since)) tell(tab, { type: 'room.opened', ...result })
    else return stood
    return null
  }
  const refused = (error: WireError, opening: Opening<Tab>): void => {
    answerTo(opening, { error })
    // Carried out, the command has ended the stream that was there, for everybody.
    if (!NOT_CARRIED_OUT.has(error.code)) closeAll({ type: 'room.closed', roomId, reason: closedReasonOf(error) })
    for (const [tab, behind] of followers) {
      if (!behind) continue
      // It asks again itself, when its backoff says so.
      followers.delete(tab)
      tell(tab, { type: 'room.closed', roomId, reason: 'unavailable' })
    }
  }
  const closeAll = (item: RoomClosedPush): void => {
    at = undefined
    for (const tab of followers.keys()) tell(tab, item)
    followers.clear()
  }
  const withdraw = (tab: Tab): void => {
    followers.delete(tab)
    const asked = waiting.findIndex((opening) => opening.tab === tab)
    if (asked >= 0) waiting.splice(asked, 1)
    // What is under way can't be taken back: its answer is nobody's.
    if (current?.tab === tab) current = { ...current, tab: undefined }
  }

  return {
    open(tab, wish) {
      withdraw(tab)
      limit = wish.limit ?? limit
      waiting.push({ ...wish, tab })
      next()
    },
    expect(tab, wish) {
      current = { ...wish, tab, isNamed: true }
    },
    close(tab) {
      withdraw(tab)
      next()
    },
    receive(item) {
      if (!('type' in item)) return
      if (item.type === 'room.opened' && current?.isNamed) {
        const { type: _, ...result } = item
        settle({ ok: result })
      } else if (item.type === 'room.closed') {
        if (current?.isNamed) {
          if (current.tab !== undefined) tell(current.tab, item)
          current = undefined
        } else closeAll(item)
        next()
      } else if (item.type === 'typing' || item.type === 'presence') {
        // True wherever a tab stands.
        for (const tab of followers.keys()) tell(tab, item)
      } else {
        tellInStep(item)
        at = at && follow(at, item)
      }
    },
  }
}

/** Why a room is closed, from the error that kept it from being read: as the service says it after a `hello`. */
export function closedReasonOf({ code }: WireError): RoomClosedPush['reason'] {
  if (code === 'removed') return 'removed'
  return code === 'room_not_found' || code === 'too_many_rooms' ? 'not_found' : 'unavailable'
}

/** Refusals that come before the room is looked at: its stream, if there is one, goes on. */
const NOT_CARRIED_OUT: ReadonlySet<string> = new Set(['rate_limited', 'too_many_rooms', 'invalid'])

/**
 * Whether an answer is true for one who stands at this point: its range begins there or earlier, in the same epoch. An
 * epoch ends with every restored database, so the point is of the history that was read.
 */
function reaches({ epoch, head, range }: RoomOpened, point: ResumePoint): boolean {
  return range !== undefined && point.epoch === epoch && range.from <= point.seq && point.seq <= head
}

function isSame(one: ResumePoint, other: Pick<ResumePoint, 'epoch' | 'seq'>): boolean {
  return one.epoch === other.epoch && one.seq === other.seq
}

/** Where the stream stands after an item of it. One that doesn't continue it moves nothing: the tabs will ask. */
function follow(at: ResumePoint, item: DownItem): ResumePoint {
  if (!('type' in item)) return at
  if (item.type === 'room.opened') return pointAt(item, item.range && at.newest)
  if (item.type === 'room.range') {
    const { from, to, epoch, messages } = item
    return from <= at.seq && to > at.seq ? pointOf(epoch, to, newestOf(messages, at.newest)) : at
  }
  if (!('seq' in item) || item.seq !== at.seq + 1) return at
  return pointOf(item.epoch ?? at.epoch, item.seq, 'message' in item ? newestOf([item.message], at.newest) : at.newest)
}

function pointAt({ epoch, head, range, reset }: RoomOpened, newest: Newest): ResumePoint {
  return pointOf(epoch, head, newestOf((range ?? reset)?.messages ?? [], newest))
}

function pointOf(epoch: string, seq: number, newest: Newest): ResumePoint {
  return newest ? { epoch, seq, newest } : { epoch, seq }
}

function newestOf(messages: readonly MessageRow[], known: Newest): Newest {
  let newest = known
  for (const { seq, id } of messages) if (!newest || seq > newest.seq) newest = { seq, id }
  return newest
}

function commandOf(roomId: string, since?: ResumePoint, limit?: number): RoomOpenCommand {
  return { type: 'room.open', roomId, ...(since && { since }), ...(limit !== undefined && { limit }) }
}

// --- types ---

export interface Wish {
  since?: ResumePoint | undefined
  limit?: number | undefined
  answer(answer: OpenAnswer): void
}

export type OpenAnswer = { ok: RoomOpened; error?: never } | { error: WireError; ok?: never }

export interface RelayRoomDeps<Tab> {
  roomId: string
  /** Puts an item into the tab's queue. */
  tell(tab: Tab, item: DownItem): void
  /** Asks the service. */
  ask(command: RoomOpenCommand, answer: (answer: OpenAnswer) => void): void
  /** Nobody follows it, and nobody is about to. `isOpen`: the service still has it open. */
  onEmpty(isOpen: boolean): void
}

interface Opening<Tab> extends Wish {
  /** Undefined: it is asked for those who were left behind, or nobody waits for it any more. */
  tab?: Tab | undefined
  /** The answer comes as a push. */
  isNamed?: boolean
}

type Newest = ResumePoint['newest'] | undefined
