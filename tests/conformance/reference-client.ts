/** ReferenceRoom is one room as a client must keep it, written from `docs/protocol.md` alone: the CLIENT rules as code. */
import type { Item, Result } from './peer.ts'

/** Feed it every item of the room and every reply that carries rows; `needsResume` says when something is missing. */
export class ReferenceRoom {
  position = { epoch: '', seq: 0 }
  needsResume = false
  room: Item | undefined
  readonly members = new Map<string, Item>()
  readonly messages = new Map<string, Item>()
  /** The oldest created seq from which on every message is held. */
  #from = Number.POSITIVE_INFINITY
  /** Counts resets: what was asked for before one is dropped. */
  #generation = 0
  #requests = new Set<Request>()

  /** An event or a push of this room. */
  take(item: Item): void {
    if (item.type === 'room.opened') this.opened(item)
    else if (item.type === 'room.range') this.#takeRange(item)
    else if (typeof item.seq === 'number') this.#takeEvent(item)
    // CLIENT-5: what it doesn't know, it skips.
  }

  /** The answer to `room.open`, or a `room.opened`. */
  opened({ epoch, head, range, reset }: Result): void {
    this.needsResume = false
    if (reset) this.#reset(reset)
    else if (range.from > this.position.seq) {
      this.needsResume = true
      return
    } else this.#apply(range)
    if (reset || head >= this.position.seq) this.position = { epoch, seq: head }
    this.#settle()
  }

  /** Call when a page is asked for; hand its answer to the function that comes back. */
  askForPage(): (page: Result) => void {
    const request: Request = { generation: this.#generation, seen: [], page: undefined }
    this.#requests.add(request)
    return (page) => {
      request.page = page
      this.#settle()
    }
  }

  /** What to say in `hello` or in `since`. */
  get resumePoint(): Result {
    const newest = this.list().at(-1)
    return { ...this.position, ...(newest && { newest: { seq: newest.seq, id: newest.id } }) }
  }

  /** The messages that it holds, in order. */
  list(): Item[] {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq)
  }

  // CLIENT-1
  #takeEvent(event: Item): void {
    if (event.seq <= this.position.seq) return
    if (event.seq > this.position.seq + 1) {
      this.needsResume = true
      return
    }
    const { room, member, message } = event
    this.#apply({ room, members: member ? [member] : [], messages: message ? [message] : [] })
    this.position = { epoch: event.epoch ?? this.position.epoch, seq: event.seq }
    this.#settle()
  }

  // CLIENT-3
  #takeRange(range: Item): void {
    if (range.from > this.position.seq) {
      this.needsResume = true
      return
    }
    if (range.to <= this.position.seq) return
    this.#apply(range)
    this.position = { epoch: range.epoch, seq: range.to }
    this.#settle()
  }

  #reset(reset: Result): void {
    this.room = undefined
    this.members.clear()
    this.messages.clear()
    this.#generation++
    this.#requests.clear()
    this.#from = reset.hasOlder ? (reset.messages[0]?.seq ?? Number.POSITIVE_INFINITY) : 0
    this.#apply(reset)
  }

  // CLIENT-2. A message older than everything held is updated where it is held, and not inserted.
  #apply({ room, members = [], messages = [] }: Result, from = this.#from): void {
    if (room && !(this.room && this.room.version >= room.version)) this.room = room
    for (const member of members) {
      if (!((this.members.get(member.userId)?.version ?? 0) >= member.version)) this.members.set(member.userId, member)
    }
    for (const message of messages) {
      const held = this.messages.get(message.id)
      if (held ? held.version < message.version : message.seq >= from) this.messages.set(message.id, message)
    }
    for (const request of this.#requests) request.seen.push(...messages)
  }

  // CLIENT-4. Rows carry versions, so "again over it" is what applying only newer rows does.
  #settle(): void {
    for (const request of this.#requests) {
      if (!request.page || request.page.head > this.position.seq) continue
      this.#requests.delete(request)
      if (request.generation !== this.#generation || request.page.epoch !== this.position.epoch) continue
      const { messages, hasOlder } = request.page
      this.#from = hasOlder ? Math.min(this.#from, messages[0]?.seq ?? this.#from) : 0
      this.#apply({ messages }, 0)
      this.#apply({ messages: request.seen })
    }
  }
}

// --- types ---

interface Request {
  generation: number
  /** Messages that came since it was asked for. */
  seen: Item[]
  page: Result | undefined
}
