/** RoomChanges is what one transaction changes in one room: each change takes the next seq and stamps the rows it touches. */
import type { Event, MemberEvent, MemberRow, MessageEvent, RoomEvent, RoomRow } from '@parlor/protocol'
import type { Change, Committed } from '../change.ts'
import { isMember } from '../membership.ts'
import type { StoredMessage, StoredRoom, Transaction } from './rows.ts'

/** All checks of an operation come before its first commit here, so that a refusal leaves nothing half-written. */
export class RoomChanges {
  readonly #tx: Transaction
  readonly #changes: Change[] = []
  #room: StoredRoom

  constructor(tx: Transaction, room: StoredRoom) {
    this.#tx = tx
    this.#room = room
  }

  /** The room as it is after the changes so far. */
  get room(): StoredRoom {
    return this.#room
  }

  /** The answer of the operation that made these changes. */
  answer<T>(result: T): Committed<T> {
    return { result, changes: this.#changes }
  }

  commitRoom(type: RoomEvent['type'], row: RoomRow): void {
    const roomId = row.id
    this.#commit((seq) => {
      const room = { ...row, version: seq }
      const activeAt = type === 'room.created' ? this.#tx.nowMs : this.#room.activeAt
      return { event: { type, roomId, seq, room }, room: { ...this.#room, row: room, activeAt } }
    })
  }

  /** Stamps the room too: its `memberCount` may change with its members. */
  commitMember(type: MemberEvent['type'], unstamped: Omit<MemberRow, 'version'>): MemberRow {
    const roomId = this.#room.row.id
    const before = isMember(this.#tx.rows.findMember(roomId, unstamped.userId)) ? 1 : 0
    const after = unstamped.gone === undefined ? 1 : 0
    let member: MemberRow = { ...unstamped, version: 0 }
    this.#commit((seq) => {
      member = { ...unstamped, version: seq }
      const row = this.#room.row
      const room = { ...row, memberCount: row.memberCount + after - before, version: seq }
      return { event: { type, roomId, seq, member, room }, room: { ...this.#room, row: room } }
    })
    this.#tx.rows.putMember(roomId, member)
    return member
  }

  /** `make` gives the message as it is from this seq on; of a new one, the seq is its place in the list. */
  commitMessage(type: MessageEvent['type'], make: (seq: number) => StoredMessage): StoredMessage {
    const roomId = this.#room.row.id
    const isNew = type === 'message.created'
    let message: StoredMessage | undefined
    const seq = this.#commit((next) => {
      const made = make(next)
      message = { ...made, row: { ...made.row, version: next } }
      const { ordinal } = message.row
      const room = isNew ? { ...this.#room, ordinal, activeAt: this.#tx.nowMs } : this.#room
      return { event: { type, roomId, seq: next, message: message.row }, room }
    })
    if (!message) throw new Error(`change ${seq} of ${roomId} made no message`)
    if (isNew) this.#tx.rows.insertMessage(roomId, message)
    else this.#tx.rows.updateMessage(roomId, message)
    return message
  }

  /** The one place where a change gets its number. The first one after a start opens the epoch of that start. */
  #commit(make: (seq: number) => { event: Event; room: StoredRoom }): number {
    const { rows, startId } = this.#tx
    const seq = this.#room.head + 1
    const opensEpoch = this.#room.epoch !== startId
    const { event, room } = make(seq)
    this.#room = { ...room, head: seq, epoch: startId }
    rows.putRoom(this.#room)
    if (opensEpoch) rows.addEpoch(room.row.id, { epoch: startId, first: seq })
    this.#changes.push({ epoch: startId, event: opensEpoch ? { ...event, epoch: startId } : event })
    return seq
  }
}
