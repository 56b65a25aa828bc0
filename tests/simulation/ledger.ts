/** Ledger: what was promised to people (acknowledged, refused, taken back), held against the store at the end. */
import type {
  Event,
  MessageCancelCommand,
  MessageCancelResult,
  MessageChangeResult,
  MessageDeleteCommand,
  MessageEditCommand,
  MessageEvent,
  MessageReactCommand,
  MessageRow,
  MessageSendCommand,
  MessageSendResult,
  WireError,
} from '@parlor/protocol'
import { messagesOf, short } from './compare.ts'
import type { History } from './history.ts'
import type { Totals } from './totals.ts'

export class Ledger {
  readonly #parts: LedgerParts
  /** Times that each id was sent. */
  readonly #tries = new Map<string, number>()
  #promises: Promised[] = []
  readonly #edits: ToldEdit[] = []
  #typed: { roomId: string; typed: readonly string[] }[] = []
  /** What lay on a device when its page went. */
  readonly #kept: Kept[] = []
  /** Tried again under another id, or its author wants to be rid of it: both ends are right. */
  readonly #givenUp = new Set<string>()
  /** How many backups were restored so far, and the rooms' heads after each. */
  readonly #restores: ReadonlyMap<string, number>[] = []

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  /** Backups restored so far. */
  get restores(): number {
    return this.#restores.length
  }

  restored(heads: ReadonlyMap<string, number>): void {
    this.#restores.push(heads)
  }

  sent({ id }: MessageSendCommand): void {
    const tries = (this.#tries.get(id) ?? 0) + 1
    this.#tries.set(id, tries)
    if (tries > 1) this.#parts.totals.count('duplicate sends')
  }

  /** The service answered a send: an acknowledgment must be true at once. */
  answered(userId: string, command: MessageSendCommand, ok?: MessageSendResult, error?: WireError): void {
    const { totals } = this.#parts
    if (error && !error.retryable) totals.count('refused sends')
    if (!ok) return
    totals.count('acknowledged sends')
    this.#requireStored(userId, command.roomId, ok.id, ok.seq, command.text)
    this.told({ kind: 'stored', userId, roomId: command.roomId, id: ok.id, seq: ok.seq })
  }

  /** `since`: backups restored when the socket was opened that the answer came on. */
  cancelled(userId: string, command: MessageCancelCommand, { seq }: MessageCancelResult, since: number): void {
    const { roomId, id } = command
    if (seq === undefined) this.told({ kind: 'absent', userId, roomId, id, since, why: 'cancelled' })
    else this.#requireStored(userId, roomId, id, seq)
  }

  /** The service answered a change: it must be what was asked for. */
  changed(userId: string, command: ChangeCommand, { id, version }: MessageChangeResult): void {
    const timelines = this.#parts.history.allOf(command.roomId)
    const isTrue = timelines.some((timeline) => {
      const row = timeline.rowOf(id, version)
      if (row?.version !== version || !isDone(userId, command, row)) return false
      // Made on another text than its author saw, it would undo what somebody else wrote.
      return command.type !== 'message.edit' || timeline.rowOf(id, version - 1)?.textVersion === command.baseVersion
    })
    if (!isTrue) this.#say(`G1: ${command.type} of ${short(id)} was acknowledged as ${version}, which isn't so`)
  }

  /** What the client told its user. */
  told(told: Told): void {
    if (told.kind === 'absent') this.#promises.push(told)
    // Else the backup was restored before the answer came.
    else if (isCreation(told.id)(this.#parts.history.current(told.roomId).events[told.seq - 1]))
      this.#promises.push({ ...told, since: this.#restores.length })
  }

  /** What the client told of an edit, whose text is like no other. */
  toldEdit(edit: ToldEdit): void {
    this.#edits.push(edit)
  }

  /** Its author tries again what was refused. */
  forget(id: string): void {
    this.#promises = this.#promises.filter((promise) => promise.id !== id || promise.kind === 'stored')
  }

  /** Tried again: it goes out after what was typed since. */
  retyped(id: string): void {
    this.#typed = this.#typed.map(({ roomId, typed }) => ({ roomId, typed: typed.filter((other) => other !== id) }))
  }

  gaveUp(id: string): void {
    this.#givenUp.add(id)
  }

  /** A page is gone, and this waits on its device. */
  kept(kept: Omit<Kept, 'since'>): void {
    this.#kept.push({ ...kept, since: this.#restores.length })
  }

  /** Everything that was promised, against what is stored now. `failed`: what the people are shown as refused. */
  check(failed: ReadonlySet<string>): void {
    const isSettled = (id: string): boolean =>
      failed.has(id) ||
      this.#givenUp.has(id) ||
      this.#promises.some((promise) => promise.id === id && promise.kind === 'absent')
    for (const { userId, roomId, id, since } of this.#kept) {
      const isStored = this.#parts.history.allOf(roomId).some(({ events }) => events.some(isCreation(id)))
      if (!isStored && !isSettled(id) && since === this.#restores.length)
        this.#say(`G5: ${short(id)} lay on a device of ${userId}, and is neither stored nor refused`)
    }
    for (const { roomId, typed } of this.#typed) this.checkOrder(roomId, typed)
    for (const edit of this.#edits) this.#checkEdit(edit)
    for (const promise of this.#promises) {
      const { roomId, id } = promise
      const event = this.#parts.history.current(roomId).events.find(isCreation(id))
      if (promise.kind === 'absent') {
        // A backup forgets that an id was taken back.
        if (event && promise.since === this.#restores.length)
          this.#say(`G5: ${short(id)} is stored, but was ${promise.why}`)
      } else if (!this.#isTakenBack(promise)) {
        const isSame = event?.seq === promise.seq && event.message.user.id === promise.userId
        if (!isSame) this.#say(`G1: ${short(id)} was acknowledged as ${promise.seq} of ${roomId}, and is ${event?.seq}`)
      }
    }
  }

  /** A page is gone: what was typed on it is still in order at the end. */
  typedOnce(roomId: string, typed: readonly string[]): void {
    this.#typed.push({ roomId, typed })
  }

  /** One sender's messages stand in the room in the order in which they were typed. */
  checkOrder(roomId: string, typed: readonly string[]): void {
    const order = messagesOf(this.#parts.history.current(roomId).at(Number.POSITIVE_INFINITY))
      .map(({ id }) => typed.indexOf(id))
      .filter((at) => at >= 0)
    if (order.some((at, index) => at < (order[index - 1] ?? -1)))
      this.#say(`G2: messages typed as ${order.map((at) => short(typed[at] ?? '')).join()} in ${roomId}`)
  }

  #checkEdit({ roomId, id, text, since, isStored }: ToldEdit): void {
    // A restored backup takes edits back, and forgets which they were.
    if (since < this.#restores.length) return
    const texts = this.#parts.history
      .current(roomId)
      .events.filter((event) => event.type === 'message.created' || event.type === 'message.edited')
      .flatMap((event) => ('message' in event && event.message.id === id ? [event.message.text] : []))
    // The service remembers only the last edit of a message: an earlier one that is asked for again is a conflict.
    const isWrong = isStored ? !texts.includes(text) : texts.at(-1) === text
    if (isWrong) this.#say(`G5: an edit of ${short(id)} was told ${isStored ? 'stored' : 'refused'}, which isn't so`)
  }

  #requireStored(userId: string, roomId: string, id: string, seq: number, text?: string): void {
    const isTrue = this.#parts.history.allOf(roomId).some(({ events }) => {
      const event = events[seq - 1]
      if (event?.type !== 'message.created') return false
      const { message } = event
      return message.id === id && message.user.id === userId && (text === undefined || message.text === text)
    })
    if (!isTrue) this.#say(`G1: ${short(id)} of ${userId} was acknowledged as ${seq} of ${roomId}, which isn't so`)
  }

  #isTakenBack({ roomId, seq, since }: Extract<Promised, { kind: 'stored' }>): boolean {
    return this.#restores.slice(since).some((heads) => seq > (heads.get(roomId) ?? 0))
  }

  #say(problem: string): void {
    this.#parts.onProblem(problem)
  }
}

function isDone(userId: string, command: ChangeCommand, { text, deletedAt, reactions }: MessageRow): boolean {
  if (command.type === 'message.edit') return text === command.text
  if (command.type === 'message.delete') return deletedAt !== undefined
  const isOn = reactions.some(({ emoji, userIds }) => emoji === command.emoji && userIds.includes(userId))
  return isOn === command.on
}

function isCreation(id: string) {
  return (event: Event | undefined): event is Created => event?.type === 'message.created' && event.message.id === id
}

// --- types ---

export interface LedgerParts {
  history: History
  totals: Totals
  onProblem(problem: string): void
}

export type Told = Stored | Absent

interface ToldEdit {
  roomId: string
  id: string
  text: string
  /** Backups restored before it was made. */
  since: number
  isStored: boolean
}

interface Stored {
  kind: 'stored'
  userId: string
  roomId: string
  id: string
  seq: number
}

interface Absent {
  kind: 'absent'
  userId: string
  roomId: string
  id: string
  /** Backups restored before: one restored since has forgotten it. */
  since: number
  why: string
}

interface Kept {
  userId: string
  roomId: string
  id: string
  /** Backups restored before. */
  since: number
}

type Created = MessageEvent & { type: 'message.created' }

type Promised = (Stored & { since: number }) | Absent

type ChangeCommand = MessageEditCommand | MessageDeleteCommand | MessageReactCommand
