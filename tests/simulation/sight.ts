/** Sight: what one person sees of one room at every moment, held against the history and what they were told. */
import type { Message, RoomSnapshot } from '@parlor/client'
import { short } from './compare.ts'
import type { History, Timeline } from './history.ts'
import type { Ledger } from './ledger.ts'

export class Sight {
  readonly #userId: string
  readonly #parts: SightParts
  /** Messages that the person was told are stored, by id: their seqs. */
  readonly #stored = new Map<string, number>()
  #messages: readonly Message[] | undefined
  #timeline: Timeline | undefined

  constructor(userId: string, parts: SightParts) {
    this.#userId = userId
    this.#parts = parts
  }

  /** The person was told that their message is stored. */
  stored(id: string, seq: number): void {
    this.#stored.set(id, seq)
  }

  /** No message twice, none out of place, none missing between two that are shown. `typed`: ids in that order. */
  look(shown: RoomSnapshot, typed: readonly string[]): void {
    const { roomId, messages } = shown
    const timeline = this.#parts.history.current(roomId)
    // The same list of the same history was found right before.
    if (this.#messages === messages && this.#timeline === timeline) return
    this.#messages = messages
    this.#timeline = timeline
    if (new Set(messages.map(({ id }) => id)).size < messages.length) this.#say(`G5: ${this.#userId} sees one twice`)
    this.#requireTyped(shown, typed)
    this.#requireStored(shown, timeline)
    this.#requireRows(shown, timeline)
  }

  /** What waits stands in the order in which it was typed. */
  #requireTyped({ roomId, messages }: RoomSnapshot, typed: readonly string[]): void {
    const waiting = messages.filter(({ status }) => status === 'pending').map(({ id }) => id)
    const wanted = typed.filter((id) => waiting.includes(id))
    if (wanted.join() !== waiting.filter((id) => wanted.includes(id)).join())
      this.#say(`G2: ${this.#userId} sees what waits in ${roomId} in another order`)
  }

  /** What is known to be stored stays in sight. */
  #requireStored({ status, messages, hasNewer }: RoomSnapshot, timeline: Timeline): void {
    // At a new epoch nobody knows whether it goes on above what was acknowledged: the row is waited for.
    const isNumberedAnew = this.#parts.ledger.restores > 0 || timeline.epochs > 1
    if (status !== 'live' || hasNewer || isNumberedAnew) return
    const low = messages[0]?.seq ?? Number.POSITIVE_INFINITY
    for (const [id, seq] of this.#stored)
      if (seq >= low && !messages.some((message) => message.id === id))
        this.#say(`G1: ${this.#userId} doesn't see ${short(id)} any more, which was acknowledged`)
  }

  #requireRows({ roomId, messages }: RoomSnapshot, timeline: Timeline): void {
    const rows = messages.filter(({ status }) => status === 'sent' || status === 'deleted')
    // Own messages at the end may be acknowledged ones whose rows are on the way.
    const end = rows.findLastIndex(({ user }) => user.id !== this.#userId) + 1
    const settled = rows.slice(0, end)
    if (settled.some(({ seq = 0 }, at) => seq <= (settled[at - 1]?.seq ?? 0)))
      this.#say(`G2: ${this.#userId} sees ${settled.map(({ seq }) => seq).join()} in ${roomId}`)
    const [first, last] = [settled[0], settled.at(-1)]
    // What a backup took back stands where nothing is any more.
    if (!first || !last || this.#parts.ledger.restores > 0) return
    const count = timeline.countCreated(first.seq ?? 1, last.seq ?? 0)
    if (count !== settled.length)
      this.#say(`G6: ${this.#userId} sees ${settled.length} of ${count} messages in ${first.seq}..${last.seq}`)
  }

  #say(problem: string): void {
    this.#parts.onProblem(problem)
  }
}

// --- types ---

export interface SightParts {
  history: History
  ledger: Ledger
  onProblem(problem: string): void
}
