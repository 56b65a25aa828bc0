/**
 * RoomPresence is who is in one room: people, not connections. It never counts up or down: each look begins with the
 * connections that there are, so nobody can be left over.
 */
import type { PresentUser } from '@parlor/protocol'

export class RoomPresence {
  /** Those of the last look, in the order in which they came. */
  #people = new Map<string, PresentUser>()
  /** Who lost a connection, how they were, and until when that still counts; who lost it first comes first. */
  readonly #lingering = new Map<string, { person: PresentUser; until: number }>()

  /** A connection broke: its user may be back in a moment, and nobody should see them go and come. */
  linger(person: PresentUser, now: number): void {
    const before = this.#lingering.get(person.id)
    const isOnline = before && before.until > now && before.person.state === 'online'
    this.#lingering.delete(person.id)
    this.#lingering.set(person.id, {
      person: isOnline ? { ...person, state: 'online' } : person,
      until: now + LINGER_MS,
    })
  }

  /** A user went on purpose, or was sent away: a connection that they lost before isn't waited for. */
  leave(userId: string): void {
    this.#lingering.delete(userId)
  }

  /** Everybody who is there now, or was a moment ago. `connected`: how each connection's user is. */
  look(connected: Iterable<PresentUser>, now: number): PresentUser[] {
    const found = new Map<string, PresentUser>()
    for (const person of connected) found.set(person.id, awake(found.get(person.id), person))
    for (const [userId, { person, until }] of this.#lingering) {
      if (until <= now) this.#lingering.delete(userId)
      else found.set(userId, awake(found.get(userId), person))
    }
    // Who was there keeps their place, whoever else goes and comes.
    const stayed = [...this.#people.keys()].filter((userId) => found.has(userId))
    this.#people = new Map(
      [...stayed, ...found.keys()].map((userId) => [userId, found.get(userId) as PresentUser] as const),
    )
    return [...this.#people.values()]
  }

  /** When the next of them stops lingering; undefined if nobody lingers. */
  nextEnd(now: number): number | undefined {
    for (const { until } of this.#lingering.values()) if (until > now) return until
    return undefined
  }
}

/** G10: who reconnects within this time was never away. */
export const LINGER_MS = 10_000

/** Online in one place is online; the newer name counts. */
function awake(one: PresentUser | undefined, other: PresentUser): PresentUser {
  return one?.state === 'online' && other.state === 'away' ? one : other
}
