/** PageMemory keeps the newest page of a room and its first members as they are now, for who starts afresh. */
import { MAX_PAGE, MEMBERS_ON_OPEN, type MemberRow, type MessageRow, ROLES } from '@parlor/protocol'
import type { NewestPage } from '../store/room-picture.ts'
import { sizeOf } from '../store/row-size.ts'

export class PageMemory {
  /** By seq, oldest first. */
  #messages: MessageRow[]
  #hasOlder: boolean
  /** Undefined: somebody came, went or changed since, and who is first has to be found out again. */
  #members: readonly MemberRow[] | undefined
  readonly #limit: number
  bytes = 0

  /** As it was read. */
  constructor(page: NewestPage) {
    this.#messages = [...page.messages]
    this.#hasOlder = page.hasOlder
    this.#members = page.members
    // A room that fits on its page may grow to a large page; a full one moves on.
    this.#limit = page.hasOlder ? page.messages.length : MAX_PAGE
    for (const message of page.messages) this.bytes += sizeOf(message)
  }

  /** Takes the rows of the next change, or of the next range. */
  add(members: readonly MemberRow[], messages: readonly MessageRow[]): void {
    if (members.length > 0) this.#members = undefined
    for (const message of messages) this.#put(message)
    while (this.#messages.length > this.#limit) this.#dropOldest()
  }

  /** The page with at least `limit` messages, or all that there are; undefined where more would have to be read. */
  find(limit: number, everybody: Iterable<MemberRow | null> | undefined): NewestPage | undefined {
    if (this.#hasOlder && this.#messages.length < limit) return undefined
    if (!this.#members && everybody) this.#members = leadingOf(everybody)
    return this.#members && { messages: this.#messages, hasOlder: this.#hasOlder, members: this.#members }
  }

  findMessage(id: string): MessageRow | undefined {
    return this.#messages.find((message) => message.id === id)
  }

  #put(message: MessageRow): void {
    const messages = this.#messages
    let at = messages.length
    while (at > 0 && (messages[at - 1]?.seq ?? 0) > message.seq) at--
    const held = messages[at - 1]
    if (held?.seq === message.seq) {
      if (held.version >= message.version) return
      messages[at - 1] = message
      this.bytes -= sizeOf(held)
    } else if (at > 0 || !this.#hasOlder) messages.splice(at, 0, message)
    else return
    this.bytes += sizeOf(message)
  }

  #dropOldest(): void {
    const oldest = this.#messages.shift()
    if (oldest) this.bytes -= sizeOf(oldest)
    this.#hasOlder = true
  }
}

/** The order in which a store lists them: the most powerful first, then by the UTF-8 bytes of their ids. */
function leadingOf(everybody: Iterable<MemberRow | null>): MemberRow[] {
  return [...everybody]
    .filter((member): member is MemberRow => member !== null && member.gone === undefined)
    .map((member) => ({ member, rank: ROLES.indexOf(member.role), bytes: Buffer.from(member.userId) }))
    .sort((a, b) => a.rank - b.rank || Buffer.compare(a.bytes, b.bytes))
    .slice(0, MEMBERS_ON_OPEN)
    .map(({ member }) => member)
}
