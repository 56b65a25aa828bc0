/**
 * ModelService: one room in memory that speaks the protocol over fake sockets, as badly as the protocol allows: answers
 * overtake events and are overtaken, events come twice or as ranges, connections break at any point, databases restart
 * and are restored. What it stores is what clients must converge to.
 */
import type {
  Command,
  DownItem,
  MessageEditCommand,
  MessageEvent,
  MessageListCommand,
  MessageRow,
  MessageSendCommand,
  ResumePoint,
  RoomOpened,
  UpFrame,
  User,
} from '@parlor/protocol'
import type { Clock } from '../clock.ts'
import type { FakeSocket } from './fake-network.ts'
import { memberRow, roomRow, welcome } from './rows.ts'

/** Most changed rows before a reset; small, so that resets happen. */
const MOST_ROWS = 12

export class ModelService {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #sessions = new Map<FakeSocket, Session>()
  #rows = new Map<string, MessageRow>()
  #edits = new Map<string, number>()
  #cancelled = new Set<string>()
  #epochs = [{ id: 'e1', first: 1 }]
  #head = 0
  /** 1: everything that can go wrong does so now and then. 0: nothing does. */
  chaos = 1

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  get head(): number {
    return this.#head
  }
  /** Oldest first. */
  get rows(): MessageRow[] {
    return [...this.#rows.values()].sort((one, other) => one.seq - other.seq)
  }

  /** A frame arrives, a while after it was sent. Half of the frames in transit at a break are lost. */
  receive(socket: FakeSocket, frame: UpFrame, user: User): void {
    const session = this.#sessions.get(socket) ?? this.#begin(socket, user)
    session.inbox = session.inbox.then(
      () =>
        new Promise((resolve) => {
          this.#clock.after(this.#lag(), () => {
            if (!session.isCut || this.#random() < 0.5) this.#answer(session, frame)
            resolve()
          })
        }),
    )
  }

  /** The network breaks these; what was on its way down is lost. */
  cut(socket: FakeSocket): void {
    const session = this.#sessions.get(socket)
    if (session?.isCut || socket.closedWith !== undefined) return
    if (session) session.isCut = true
    socket.end(1006)
  }

  /** The database starts anew: the next change opens an epoch. */
  restart(): void {
    this.#epochs.push({ id: `e${this.#epochs.length + 1}`, first: this.#head + 1 })
  }

  /** A backup of a while ago is put back: what came after it never happened. */
  restore(back: number): void {
    const to = Math.max(0, this.#head - back)
    // Only creations are taken back: an edit of an older row would need the row as it was.
    const kept = this.rows.filter(({ version }) => version <= to)
    if (kept.length < this.rows.filter(({ seq }) => seq <= to).length) return
    this.#rows = new Map(kept.map((row) => [row.id, row]))
    this.#head = to
    this.#epochs = this.#epochs.filter(({ first }) => first <= to + 1)
    this.#epochs.push({ id: `r${this.#random()}`, first: to + 1 })
    for (const session of this.#sessions.values()) {
      if (session.isFollowing)
        this.#queue(session, { type: 'room.opened', ...this.#open(session, undefined, 'unknown') })
    }
  }

  #begin(socket: FakeSocket, user: User): Session {
    const base = { inbox: Promise.resolve(), outbox: Promise.resolve(), isCut: false, isFollowing: false }
    const session: Session = { ...base, socket, user }
    this.#sessions.set(socket, session)
    return session
  }
  #lag(): number {
    return this.chaos > 0 ? Math.floor(this.#random() * 300) : 1
  }
  #isUnlucky(chance: number): boolean {
    return this.chaos > 0 && this.#random() < chance
  }
  /** In order: what a socket's queue is. */
  #queue(session: Session, ...items: DownItem[]): void {
    session.outbox = session.outbox.then(
      () =>
        new Promise((resolve) => {
          this.#clock.after(this.#lag(), () => {
            if (!session.isCut) session.socket.say(...items)
            resolve()
          })
        }),
    )
  }
  /** Whenever it is ready: before or after events that were committed later. */
  #reply(session: Session, item: DownItem): void {
    // Now and then so late that much has happened meanwhile.
    this.#clock.after(this.#isUnlucky(0.3) ? 8 * this.#lag() : this.#lag(), () => {
      if (!session.isCut) session.socket.say(item)
    })
  }

  #answer(session: Session, frame: UpFrame): void {
    const { ref } = frame
    if (frame.type === 'hello') {
      session.socket.say({ ref, ok: welcome({ user: session.user, expiresAt: 1e15 }) })
      for (const { roomId: _, ...since } of frame.rooms ?? []) {
        this.#queue(session, { type: 'room.opened', ...this.#open(session, since) })
      }
    } else if (frame.type === 'room.open') this.#queue(session, { ref, ok: this.#open(session, frame.since) })
    else if (frame.type === 'room.close') {
      session.isFollowing = false
      this.#reply(session, { ref, ok: {} })
    } else if (this.#isUnlucky(0.1)) this.#fail(session, frame)
    else this.#reply(session, this.#run(session, frame))
  }
  /** Refused for now, or done without a word. */
  #fail(session: Session, frame: UpFrame): void {
    const { ref } = frame
    const luck = this.#random()
    if (luck < 0.3) this.#run(session, frame)
    if (luck < 0.6) this.#reply(session, { ref, error: { code: 'unavailable', message: 'no', retryable: true } })
    else {
      const error = { code: 'rate_limited', message: 'slow', retryable: true, retryAfterMs: 200 } as const
      this.#reply(session, { ref, error })
    }
  }

  #run(session: Session, command: Command & { ref: number }): DownItem {
    const { ref } = command
    const refuse = (code: 'message_not_found' | 'cancelled' | 'edit_conflict' | 'invalid'): DownItem => ({
      ref,
      error: { code, message: code, retryable: false },
    })
    if (command.type === 'ping') return { ref, ok: { serverTime: 1 } }
    if (command.type === 'message.list') {
      const list = this.#list(command)
      return list ? { ref, ok: list } : refuse('message_not_found')
    }
    if (command.type === 'message.send') {
      if (this.#cancelled.has(command.id)) return refuse('cancelled')
      return { ref, ok: { id: command.id, seq: this.#send(session.user, command) } }
    }
    if (command.type === 'message.cancel') {
      const row = this.#rows.get(command.id)
      if (!row) this.#cancelled.add(command.id)
      return { ref, ok: { id: command.id, ...(row && { seq: row.seq }) } }
    }
    const row = 'id' in command ? this.#rows.get(command.id) : undefined
    if (!row) return refuse('message_not_found')
    if (command.type === 'message.edit') {
      const version = this.#edit(row, command)
      return version === undefined ? refuse('edit_conflict') : { ref, ok: { id: row.id, version } }
    }
    if (command.type === 'message.delete') {
      const gone = { text: '', deletedAt: 1, deletedBy: session.user.id, reactions: [] }
      const version = row.deletedAt === undefined ? this.#change('message.deleted', { ...row, ...gone }) : row.version
      return { ref, ok: { id: row.id, version } }
    }
    if (command.type === 'message.react') {
      if (row.deletedAt !== undefined) return { ref, ok: { id: row.id, version: row.version } }
      const others = (row.reactions[0]?.userIds ?? []).filter((id) => id !== session.user.id)
      const userIds = command.on ? [...others, session.user.id] : others
      const reactions = userIds.length > 0 ? [{ emoji: command.emoji, userIds }] : []
      return { ref, ok: { id: row.id, version: this.#change('message.reacted', { ...row, reactions }) } }
    }
    return refuse('invalid')
  }
  #send(user: User, { id, text }: MessageSendCommand): number {
    const stored = this.#rows.get(id)
    if (stored) return stored.seq
    const seq = this.#head + 1
    const stamps = { seq, version: seq, ordinal: seq, textVersion: seq, createdAt: seq }
    return this.#change('message.created', { id, user, text, reactions: [], ...stamps })
  }
  #edit(row: MessageRow, { text = row.text, editId, baseVersion }: MessageEditCommand): number | undefined {
    const done = this.#edits.get(editId)
    if (done !== undefined) return done
    if (row.textVersion !== baseVersion || row.deletedAt !== undefined) return undefined
    const version = this.#change('message.edited', { ...row, text, textVersion: this.#head + 1, editedAt: 1 })
    this.#edits.set(editId, version)
    return version
  }
  #change(type: MessageEvent['type'], row: MessageRow): number {
    this.#head += 1
    const seq = this.#head
    const epoch = this.#epochs.findLast(({ first }) => first <= seq)
    const message = { ...row, version: seq }
    this.#rows.set(row.id, message)
    const opensEpoch = seq > 1 && epoch?.first === seq ? { epoch: epoch.id } : {}
    const event: MessageEvent = { type, roomId: 'general', seq, message, ...opensEpoch }
    for (const session of this.#sessions.values()) if (session.isFollowing) this.#deliver(session, event)
    return seq
  }
  #deliver(session: Session, event: MessageEvent): void {
    // A feed that lost it finds out with the next one, and the client sees the gap.
    if (this.#isUnlucky(0.02)) return
    if (this.#isUnlucky(0.1)) {
      const from = Math.max(0, event.seq - 1 - Math.floor(this.#random() * 4))
      this.#queue(session, { type: 'room.range', roomId: 'general', epoch: this.#epoch(), ...this.#range(from) })
    } else this.#queue(session, ...(this.#isUnlucky(0.1) ? [event, event] : [event]))
  }

  #epoch(): string {
    return this.#epochs.findLast(({ first }) => first <= Math.max(1, this.#head))?.id ?? ''
  }
  #range(from: number) {
    return { from, to: this.#head, members: [], messages: this.rows.filter(({ version }) => version > from) }
  }
  #isValid({ epoch, seq, newest }: ResumePoint): boolean {
    if (newest && this.#rows.get(newest.id)?.seq !== newest.seq) return false
    if (seq === 0) return true
    const at = this.#epochs.findIndex(({ id }) => id === epoch)
    const next = this.#epochs[at + 1]
    const first = this.#epochs[at]?.first ?? 1
    return at >= 0 && seq >= first - 1 && seq <= (next ? next.first - 1 : this.#head)
  }
  #open(session: Session, since: ResumePoint | undefined, why?: 'unknown'): RoomOpened {
    session.isFollowing = true
    const base = { roomId: 'general', epoch: this.#epoch(), head: this.#head, me: memberRow(session.user.id, 1) }
    const isValid = since !== undefined && this.#isValid(since)
    const range = this.#range(since?.seq ?? 0)
    if (isValid && range.messages.length <= MOST_ROWS) return { ...base, range }
    const messages = this.rows.slice(-5)
    const reason = why ?? (since ? (isValid ? 'behind' : 'unknown') : 'fresh')
    const rest = { room: roomRow(), members: [base.me], membersComplete: true }
    return { ...base, reset: { reason, messages, hasOlder: this.#rows.size > messages.length, ...rest } }
  }
  #list({ before, after, around, limit = 5 }: MessageListCommand) {
    const { rows } = this
    const size = Math.min(limit, 5)
    let first = Math.max(0, rows.length - size)
    let end = rows.length
    if (before !== undefined) {
      end = rows.filter(({ seq }) => seq < before).length
      first = Math.max(0, end - size)
    } else if (after !== undefined) {
      first = rows.filter(({ seq }) => seq <= after).length
      end = first + size
    } else if (around !== undefined) {
      const at = rows.findIndex(({ id }) => id === around)
      if (at < 0) return undefined
      first = Math.max(0, at - 2)
      end = first + size
    }
    const messages = rows.slice(first, end)
    return { epoch: this.#epoch(), head: this.#head, messages, hasOlder: first > 0, hasNewer: end < rows.length }
  }
}

// --- types ---

interface Session {
  socket: FakeSocket
  user: User
  inbox: Promise<void>
  outbox: Promise<void>
  isCut: boolean
  isFollowing: boolean
}
