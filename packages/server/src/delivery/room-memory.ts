/** RoomMemory is what a feed knows of its room where it stands, so that most of who comes back costs no read. */
import type { Position, ResumePoint, RoomOpened, RoomRow } from '@parlor/protocol'
import {
  type Epoch,
  findRefusal,
  isValid,
  needsPage,
  openFrom,
  type RoomPicture,
  type RoomReader,
} from '../store/room-picture.ts'
import type { FeedEntry } from './feed-entry.ts'
import { KnownMembers } from './known-members.ts'
import { PageMemory } from './page-memory.ts'
import { RowTail } from './row-tail.ts'

/**
 * It follows the feed entry by entry, so what it has is exactly what the store had at that position: rows, membership and
 * head of an answer are of one moment, as if they had been read then. Whatever it can't prove from what it holds, the
 * store is asked for; so is everything that would be a refusal.
 */
export class RoomMemory {
  readonly #roomId: string
  #state: State | undefined
  /** Read at a head that the feed hasn't reached yet. */
  #ahead: RoomPicture | undefined

  constructor(roomId: string) {
    this.#roomId = roomId
  }

  /** About how much it takes. */
  get bytes(): number {
    if (!this.#state) return 0
    const { tail, members, page } = this.#state
    return tail.bytes + members.bytes + (page?.bytes ?? 0)
  }

  /** Forgets everything, and follows the stream from this position on; from none, nothing. */
  start(position: Position | undefined): void {
    this.#state = position && { ...position, ...blankState(position.seq) }
    this.#ahead = undefined
  }

  /** Lets go of what it holds. */
  forget(): void {
    this.start(this.#state)
  }

  /** Takes what the feed accepted. */
  add(entry: FeedEntry): void {
    const state = this.#state
    if (!state) return
    const { epoch, from, to, rows, opensEpoch } = entry
    const isNext = from <= state.seq && (epoch === state.epoch || (opensEpoch && state.epochs !== undefined))
    // A new epoch whose beginning isn't known, or a hole: nothing that was held can be trusted to go with it.
    if (!isNext) {
      this.start({ epoch, seq: to })
      return
    }
    if (epoch !== state.epoch) state.epochs = [...(state.epochs ?? []), { epoch, first: to }]
    state.epoch = epoch
    state.seq = to
    if (rows.room) state.room = rows.room
    state.tail.add(rows.members, rows.messages)
    state.members.add(rows.members, to)
    state.page?.add(rows.members, rows.messages)
    if (this.#ahead && this.#ahead.head <= to) this.learn(this.#ahead)
  }

  /** Takes what was read of the room. */
  learn(picture: RoomPicture): void {
    const state = this.#state
    if (!state || !picture.room) return
    if (picture.head > state.seq) {
      this.#ahead = picture
      return
    }
    this.#ahead = undefined
    // Older than everything that is held: what changed between isn't known.
    if (picture.epoch !== state.epoch || picture.head < state.tail.after) return
    const { members, messages } = state.tail.since(picture.head)
    state.epochs ??= picture.epochs.length > 0 || picture.head === 0 ? picture.epochs : undefined
    if (!state.room || state.room.version < picture.room.version) state.room = picture.room
    state.members.learn(picture)
    // A message never leaves its place, nor the history that it is in.
    if (state.proofs.size < MAX_PROOFS) for (const [id, seq] of picture.messageSeqs) state.proofs.set(id, seq)
    // Nor does a room come to an epoch that a reader had before it.
    if (state.foreign.size < MAX_PROOFS) for (const epoch of picture.foreignEpochs) state.foreign.add(epoch)
    if (picture.page && !state.page?.find(picture.page.messages.length, state.members.everybody)) {
      state.page = new PageMemory(picture.page)
      state.page.add(members, messages)
    }
    state.tail.extend(picture.changes)
  }

  /** What the reader gets, as if it had been read where the feed stands; undefined if the store has to be asked. */
  open(reader: RoomReader): RoomOpened | undefined {
    const state = this.#state
    const member = state?.members.find(reader.userId)
    if (!state?.room || !state.epochs || member === undefined) return undefined
    const { room, epoch, seq: head, epochs, tail } = state
    const picture: RoomPicture = {
      roomId: this.#roomId,
      room,
      epoch,
      head,
      epochs,
      members: new Map([[reader.userId, member]]),
      hasAllMembers: false,
      changes: tail.changes(),
      page: undefined,
      messageSeqs: new Map(),
      foreignEpochs: [],
    }
    if (findRefusal(picture, reader.userId)) return undefined
    const { since } = reader
    // Another node may have told them what this one hasn't heard of yet: no answer is older than what they hold.
    if (since && !isOfThePast(state, epochs, since)) return undefined
    if (since && isValid(picture, since)) {
      // Further back than is held; and only a cut tail tells that it is too far.
      if (since.seq < tail.after && !picture.changes.isCut) return undefined
      if (since.newest && !this.#holds(state, since.newest)) return undefined
      if (since.newest) picture.messageSeqs = new Map([[since.newest.id, since.newest.seq]])
    }
    if (!needsPage(picture, reader)) return openFrom(picture, reader)
    picture.page = state.page?.find(reader.limit, state.members.everybody)
    return picture.page && openFrom(picture, reader)
  }

  /**
   * Whether this message is held at this place. Positions are only as good as the history they were given in, and the
   * message is the proof of that: one that isn't held, by chance or because a backup took it away, is the store's to judge.
   */
  #holds({ tail, page, proofs }: State, { id, seq }: NonNullable<ResumePoint['newest']>): boolean {
    const message = tail.findMessage(id) ?? page?.findMessage(id)
    return (message?.seq ?? proofs.get(id)) === seq
  }
}

/** Of one room, and as many epochs: most of those who come back name the same one. */
const MAX_PROOFS = 1_000

/** Whether the position is one that can be judged here: not ahead of this node, nor of an epoch that may be a later one. */
function isOfThePast({ epoch, seq, foreign }: State, epochs: readonly Epoch[], since: Position): boolean {
  if (since.epoch === epoch) return since.seq <= seq
  return since.seq === 0 || foreign.has(since.epoch) || epochs.some((one) => one.epoch === since.epoch)
}

function blankState(seq: number): Omit<State, keyof Position> {
  return {
    room: undefined,
    epochs: undefined,
    tail: new RowTail(seq),
    members: new KnownMembers(seq),
    page: undefined,
    proofs: new Map(),
    foreign: new Set(),
  }
}

// --- types ---

interface State extends Position {
  room: RoomRow | undefined
  /** Undefined until a read has told them. */
  epochs: readonly Epoch[] | undefined
  tail: RowTail
  members: KnownMembers
  page: PageMemory | undefined
  /** Places of messages that readers named and a read has found. */
  proofs: Map<string, number>
  /** Epochs that readers named and a read hasn't found. */
  foreign: Set<string>
}
