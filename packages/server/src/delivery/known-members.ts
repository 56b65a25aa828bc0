/** KnownMembers is who is what in a room, as far as this node has seen it, as it is where the room's feed stands. */
import type { MemberRow } from '@parlor/protocol'
import type { RoomPicture } from '../store/room-picture.ts'
import { sizeOf } from '../store/row-size.ts'

/**
 * Every change of a membership is in the room's stream. So a row that was read once, and replaced by every later one of
 * the stream, is exactly as old as the stream: never older than the rows that are served with it.
 */
export class KnownMembers {
  readonly #rows = new Map<string, MemberRow | null>()
  /** Every change above this seq was seen: what was read at an earlier head could be older than that and isn't taken. */
  #seenSince: number
  #isComplete = false
  bytes = 0

  constructor(seenSince: number) {
    this.#seenSince = seenSince
  }

  /** The user's row, null for who has none; undefined if it isn't known. */
  find(userId: string): MemberRow | null | undefined {
    return this.#rows.get(userId) ?? (this.#isComplete || this.#rows.has(userId) ? null : undefined)
  }

  /** Everybody who has a row, if they are all known and not too many to be sorted. */
  get everybody(): Iterable<MemberRow | null> | undefined {
    return this.#isComplete && this.#rows.size <= MAX_SORTED ? this.#rows.values() : undefined
  }

  /** Takes the member rows of the next change, or of the next range; `seq` is where the stream then stands. */
  add(members: readonly MemberRow[], seq: number): void {
    for (const member of members) this.#put(member.userId, member)
    // All or nothing: if single rows were let go of, a later read couldn't tell whether a change of theirs was missed.
    if (this.#rows.size <= 2 * MAX_KNOWN_MEMBERS) return
    this.#rows.clear()
    this.bytes = 0
    this.#isComplete = false
    this.#seenSince = seq
  }

  /** Takes what was read at `picture.head`, which isn't above where the stream stands. */
  learn({ head, members, hasAllMembers }: RoomPicture): void {
    if (head < this.#seenSince) return
    for (const [userId, member] of members) {
      if (this.#rows.size >= MAX_KNOWN_MEMBERS) return
      if (!this.#rows.has(userId)) this.#put(userId, member)
    }
    this.#isComplete ||= hasAllMembers
  }

  #put(userId: string, member: MemberRow | null): void {
    const before = this.#rows.get(userId)
    if (before !== undefined) this.bytes -= sizeOfKnown(before)
    this.#rows.set(userId, member)
    this.bytes += sizeOfKnown(member)
  }
}

/** Of one room, as they are read; those who come later are added. As many come back in the storm that G12 speaks of. */
export const MAX_KNOWN_MEMBERS = 10_000

/** More are found by the store, which has an index for it. */
const MAX_SORTED = 1_000

/** Bytes of who has no row: the id in a map. */
const ABSENT_BYTES = 150

function sizeOfKnown(member: MemberRow | null): number {
  return member ? sizeOf(member) : ABSENT_BYTES
}
