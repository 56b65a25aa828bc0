/** ModelLog writes the log of a run against a service that does everything right, step by step. For tests. */
import type { Closed, Final, LogEntry, MessageRow, ShownMessage, WireItem } from '../log.ts'

export class ModelLog {
  readonly entries: LogEntry[] = []
  readonly #members = new Map<string, WireItem>()
  readonly #messages = new Map<string, MessageRow>()
  readonly #connections = new Map<string, Connection>()
  #room: WireItem = { id: ROOM, kind: 'private', memberCount: 0, floor: 1, version: 1 }
  #head = 1
  #epoch = 'e1'
  /** What the next change opens, if it is another one. */
  #nextEpoch = 'e1'
  #op = 0
  #ref = 0
  #passedMs = 0

  /** A private room with these members. */
  constructor(...members: string[]) {
    this.write({
      ...{ type: 'header', format: 1, run: 'r', seed: 1, url: 'http://chat', startedAt: '', versions: {} },
    })
    this.write({ type: 'room', room: ROOM, kind: 'private', head: 0 })
    for (const user of members) this.#commitMember(user)
  }

  get head(): number {
    return this.#head
  }

  get messages(): readonly MessageRow[] {
    return [...this.#messages.values()].sort((one, other) => one.seq - other.seq)
  }

  get connections(): readonly Connection[] {
    return [...this.#connections.values()]
  }

  /** Time goes on. */
  pass(ms: number): void {
    this.#passedMs += ms
  }

  /** Writes an entry, 10 ms after the last one. Returns its line. */
  write(entry: Untimed<LogEntry>): number {
    this.entries.push({ at: this.entries.length * 10 + this.#passedMs, ...entry } as LogEntry)
    return this.entries.length
  }

  /** Opens a socket and the room on it: from the start, or where `since` says. */
  connect(connection: string, client: string, since?: number): Connection {
    const user = client.split('/')[0] ?? ''
    const opened: Connection = { connection, client, user, reached: this.#head }
    this.write({ type: 'opened', connection, client, user })
    const place = since === undefined ? {} : { rooms: [{ roomId: ROOM, epoch: 'e1', seq: since }] }
    this.#send(opened, { type: 'hello', token: '…', ...place })
    const welcome = { ref: this.#ref, ok: { user: { id: user } } }
    const answer = { roomId: ROOM, epoch: this.#epoch, head: this.#head, me: this.#members.get(user) ?? null }
    if (since === undefined) {
      this.#receive(opened, [welcome])
      this.#send(opened, { type: 'room.open', roomId: ROOM })
      const reset = { reason: 'fresh', room: this.#room, messages: this.messages, hasOlder: false, ...this.#people() }
      this.#receive(opened, [{ ref: this.#ref, ok: { ...answer, reset } }])
    } else this.#receive(opened, [welcome, { type: 'room.opened', ...answer, range: this.#range(since) }])
    this.#connections.set(connection, opened)
    return opened
  }

  close({ connection }: Connection, { code = 1006, by = 'run' }: Partial<Pick<Closed, 'code' | 'by'>> = {}): void {
    this.#connections.delete(connection)
    this.write({ type: 'closed', connection, code, by })
  }

  send(by: Connection, id: string, text: string): void {
    const op = this.#invoke(by, { kind: 'send', message: id, text })
    this.#send(by, { type: 'message.send', roomId: ROOM, id, text })
    this.#commitMessage(by, 'message.created', id, (seq) => ({
      ...{ id, seq, ordinal: this.#messages.size + 1, user: { id: by.user, name: null, picture: null }, text },
      ...{ version: seq, textVersion: seq, createdAt: seq, reactions: [] },
    }))
    this.write({ type: 'ok', op, seq: this.#head })
  }

  edit(by: Connection, id: string, text: string): void {
    const op = this.#invoke(by, { kind: 'edit', message: id, text })
    this.#send(by, { type: 'message.edit', roomId: ROOM, id, text })
    this.#commitMessage(by, 'message.edited', id, (seq, row) => ({ ...row, text, textVersion: seq, editedAt: seq }))
    this.write({ type: 'ok', op })
  }

  delete(by: Connection, id: string): void {
    const op = this.#invoke(by, { kind: 'delete', message: id })
    this.#send(by, { type: 'message.delete', roomId: ROOM, id })
    this.#commitMessage(by, 'message.deleted', id, (seq, row) => ({
      ...{ ...row, text: '', reactions: [], deletedAt: seq, deletedBy: by.user },
    }))
    this.write({ type: 'ok', op })
  }

  react(by: Connection, id: string, emoji: string): void {
    const op = this.#invoke(by, { kind: 'react', message: id, emoji, on: true })
    this.#send(by, { type: 'message.react', roomId: ROOM, id, emoji, on: true })
    this.#commitMessage(by, 'message.reacted', id, (_seq, row) => ({
      ...{ ...row, reactions: [...row.reactions, { emoji, userIds: [by.user] }] },
    }))
    this.write({ type: 'ok', op })
  }

  /** A page of history: the newest, whole. */
  page(by: Connection, from = this.#head): void {
    const position = { epoch: this.#epoch, seq: from }
    this.#send(by, { type: 'message.list', roomId: ROOM, position })
    const page = { epoch: this.#epoch, head: this.#head, messages: this.messages, hasOlder: false, hasNewer: false }
    this.#receive(by, [{ ref: this.#ref, ok: page }])
  }

  /** The app's server takes a member out: what is open to them closes. */
  remove(user: string): void {
    const op = this.#invoke({ client: 'server', user: '' }, { kind: 'remove', member: user })
    const event = this.#commitMember(user, 'removed')
    for (const reader of this.connections) {
      const isTheirs = reader.user === user
      this.#receive(reader, isTheirs ? [event, { type: 'room.closed', roomId: ROOM, reason: 'removed' }] : [event])
      if (isTheirs) this.close(reader)
    }
    this.write({ type: 'ok', op, seq: this.#head })
  }

  /** The app's server lets somebody in again. */
  letIn(user: string): void {
    const op = this.#invoke({ client: 'server', user: '' }, { kind: 'return', member: user })
    const event = this.#commitMember(user)
    for (const reader of this.connections) this.#receive(reader, [event])
    this.write({ type: 'ok', op, seq: this.#head })
  }

  /** The service starts on an older copy of its database; the next change begins another epoch. */
  restore(head: number, nextEpoch = 'e2'): void {
    for (const connection of this.connections) this.close(connection)
    this.write({ type: 'restored', heads: { [ROOM]: head } })
    for (const [id, { seq }] of this.#messages) if (seq > head) this.#messages.delete(id)
    this.#head = head
    this.#nextEpoch = nextEpoch
  }

  /** A command whose answer is lost, or something else: only what the client did. */
  attempt(by: Connection, frame: WireItem, answer?: WireItem): void {
    this.#send(by, frame)
    if (answer) this.#receive(by, [{ ref: this.#ref, ...answer }])
  }

  /** Somebody who watches is told who is there: those whose connections are, unless it is said otherwise. */
  tellPresence(to: Connection, users = this.#present(), more: WireItem = {}): void {
    const named = users.map((id) => ({ id, name: id, state: 'online' }))
    this.#receive(to, [{ type: 'presence', roomId: ROOM, users: named, count: users.length, ...more }])
  }

  show(by: Connection, isFinal = false): void {
    const messages: ShownMessage[] = this.messages.map((row) => {
      const { id, seq, version, user, text, editedAt, deletedAt, deletedBy, reactions } = row
      const status = deletedAt === undefined ? 'sent' : 'deleted'
      const marks = { ...(editedAt && { editedAt }), ...(deletedAt && { deletedAt, deletedBy: deletedBy ?? '' }) }
      return { id, status, isChanging: false, seq, version, user: user.id, text, ...marks, reactions }
    })
    const { members, membersComplete } = this.#people()
    this.write({
      ...{ type: 'shown', client: by.client, user: by.user, room: ROOM, isFinal, status: 'live' },
      ...{ position: { epoch: this.#epoch, seq: this.#head }, row: this.#room as Final['row'] },
      ...{ me: (this.#members.get(by.user) ?? null) as never, members: members.filter(({ gone }) => !gone) as never },
      ...{ membersComplete, hasOlder: false, hasNewer: false, messages },
    })
  }

  /** Everything is healed, read and shown, and the log ends. */
  finish(): LogEntry[] {
    this.write({ type: 'healed' })
    const { members } = this.#people()
    this.write({
      ...{ type: 'final', room: ROOM, epoch: this.#epoch, head: this.#head, row: this.#room as Final['row'] },
      ...{ members: members as never, messages: [...this.messages] },
    })
    for (const connection of this.connections) this.show(connection, true)
    this.write({ type: 'end' })
    return this.entries
  }

  #invoke(
    { client, user }: { client: string; user: string },
    more: Omit<Invoke, 'at' | 'type' | 'op' | 'client' | 'user'>,
  ) {
    this.#op += 1
    this.write({ type: 'invoke', op: this.#op, client, user, room: ROOM, ...more })
    return this.#op
  }

  #commitMessage(by: Connection, type: string, id: string, make: (seq: number, row: MessageRow) => MessageRow): void {
    const place = this.#takeSeq()
    const message = { ...make(this.#head, this.#messages.get(id) as MessageRow), version: this.#head }
    this.#messages.set(id, message)
    const event = { type, roomId: ROOM, ...place, message }
    const ok = type === 'message.created' ? { id, seq: this.#head } : { id, version: this.#head }
    for (const reader of this.connections) {
      const isAuthor = reader.connection === by.connection
      this.#receive(reader, isAuthor ? [{ ref: this.#ref, ok }, event] : [event])
    }
  }

  #commitMember(userId: string, gone?: 'removed'): WireItem {
    const place = this.#takeSeq()
    const member = { userId, name: userId, role: 'member', joinedAt: 0, version: this.#head, ...(gone && { gone }) }
    this.#members.set(userId, member)
    const memberCount = [...this.#members.values()].filter((one) => !one.gone).length
    this.#room = { ...this.#room, memberCount, version: this.#head }
    return { type: gone ? 'member.removed' : 'member.joined', roomId: ROOM, ...place, member, room: this.#room }
  }

  /** The next number; the first one of an epoch says so. */
  #takeSeq(): { seq: number; epoch?: string } {
    this.#head += 1
    if (this.#epoch === this.#nextEpoch) return { seq: this.#head }
    this.#epoch = this.#nextEpoch
    return { seq: this.#head, epoch: this.#epoch }
  }

  #present(): string[] {
    return [...new Set(this.connections.map(({ user }) => user))]
  }

  #people(): { members: WireItem[]; membersComplete: boolean } {
    return { members: [...this.#members.values()], membersComplete: true }
  }

  #range(from: number): WireItem {
    const isNew = ({ version }: { version?: number }): boolean => (version ?? 0) > from
    const room = isNew(this.#room as { version: number }) ? { room: this.#room } : {}
    const members = [...this.#members.values()].filter((member) => isNew(member as { version: number }))
    return { from, to: this.#head, ...room, members, messages: this.messages.filter(isNew) }
  }

  #send({ connection }: Connection, frame: WireItem): void {
    this.#ref += 1
    this.write({ type: 'sent', connection, item: { ...frame, ref: this.#ref } })
  }

  #receive(reader: Connection, items: WireItem[]): void {
    reader.reached = this.#head
    this.write({ type: 'received', connection: reader.connection, items })
  }
}

export const ROOM = 'room'

// --- types ---

export interface Connection {
  connection: string
  client: string
  user: string
  /** The last number that it was told. */
  reached: number
}

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never

type Invoke = Extract<LogEntry, { type: 'invoke' }>
