/** G3: on a socket, each number of a room arrives once: as an event, or inside one declared range. Also over reconnects. */
import type { Position } from '../log.ts'
import type { EventTold, Evidence, Read } from './evidence.ts'
import { type Say, sayFor } from './say.ts'
import type { Place, Violation } from './violation.ts'

export function checkGaplessStream(evidence: Evidence): Violation[] {
  const say = sayFor('G3', evidence)
  return [
    ...evidence.events.flatMap((event) => checkEvent(evidence, event, say)),
    ...evidence.reads.flatMap((read) => [...checkRange(evidence, read, say), ...checkResume(read, say)]),
    ...checkPositions(evidence, say),
  ]
}

function checkEvent(evidence: Evidence, { place, socket, roomId, seq, before }: EventTold, say: Say): Violation[] {
  const where = `${roomId} on ${socket.connection}`
  if (!before) return [say('not-open', `Event ${seq} of ${where}, where the room isn't open.`, [place])]
  if (seq === before.seq + 1) return []
  const places = [lastTold(evidence, socket.connection, roomId, place), place]
  if (seq > before.seq + 1) return [say('gap', `Event ${seq} of ${where} comes after ${before.seq}.`, places)]
  return [say('repeat', `Event ${seq} of ${where} comes again after ${before.seq}.`, places)]
}

/** What the service sends by itself goes on from where it left off. */
function checkRange(evidence: Evidence, read: Read, say: Say): Violation[] {
  const { how, place, socket, roomId, before, from, head } = read
  if (how !== 'range') return []
  const where = `${from} to ${head} of ${roomId} on ${socket.connection}`
  if (!before) return [say('not-open', `A range from ${where}, where the room isn't open.`, [place])]
  const places = [lastTold(evidence, socket.connection, roomId, place), place]
  if ((from ?? 0) > before.seq) return [say('gap', `A range from ${where} comes after ${before.seq}.`, places)]
  if (head <= before.seq) return [say('repeat', `A range from ${where} comes again after ${before.seq}.`, places)]
  return []
}

/** A resume begins where the client stands, or below. */
function checkResume({ how, place, asked, from, head, roomId }: Read, say: Say): Violation[] {
  if (how !== 'opened' || from === undefined) return []
  const range = `a range from ${from} to ${head} of ${roomId}`
  if (!asked) return [say('resume-gap', `Nobody named a position, and was answered with ${range}.`, [place])]
  if (from <= asked.position.seq) return []
  return [say('resume-gap', `${asked.position.seq} was answered with ${range}.`, [asked.command, place])]
}

/** A client goes on from a position that it has reached: one beyond it would skip what lies between. */
function checkPositions(evidence: Evidence, say: Say): Violation[] {
  const steps: Step[] = [
    ...evidence.events.map(({ place, socket, roomId, epoch, seq }) => ({
      place,
      socket,
      roomId,
      position: { epoch, seq },
    })),
    ...evidence.reads
      .filter(({ how }) => how === 'opened' || how === 'range')
      .map(({ place, socket, roomId, epoch, head }) => ({ place, socket, roomId, position: { epoch, seq: head } })),
    ...evidence.commands.flatMap(({ at, socket, frame }) => {
      const named: (Position & { roomId: string })[] =
        frame.type === 'hello' ? (frame.rooms ?? []) : frame.since ? [{ roomId: frame.roomId, ...frame.since }] : []
      return named.map(({ roomId, epoch, seq }) => ({
        place: { at },
        socket,
        roomId,
        position: { epoch, seq },
        isClaim: true,
      }))
    }),
  ]
  const violations: Violation[] = []
  const reached = new Map<string, Step>()
  for (const step of steps.sort(byPlace)) {
    const { socket, roomId, position, place } = step
    const key = `${socket.client} ${roomId} ${position.epoch}`
    const best = reached.get(key)
    if (!step.isClaim) {
      if (!best || best.position.seq < position.seq) reached.set(key, step)
    } else if (best ? position.seq > best.position.seq : position.seq > 0) {
      const had = best ? `only reached ${best.position.seq}` : 'was never there'
      const message = `${socket.client} goes on from ${position.seq} of ${roomId}, and ${had}.`
      violations.push(say('position-ahead', message, [best?.place, place]))
    }
  }
  return violations
}

/** What a socket was told of a room just before. */
function lastTold({ events, reads }: Evidence, connection: string, roomId: string, before: Place): Place | undefined {
  return [...events, ...reads.filter(({ how }) => how === 'opened' || how === 'range')]
    .filter(
      (told) => told.socket.connection === connection && told.roomId === roomId && comesBefore(told.place, before),
    )
    .sort(byPlace)
    .at(-1)?.place
}

function byPlace(one: { place: Place }, other: { place: Place }): number {
  return comesBefore(one.place, other.place) ? -1 : 1
}

function comesBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && (one.item ?? 0) < (other.item ?? 0))
}

// --- types ---

interface Step {
  place: Place
  socket: EventTold['socket']
  roomId: string
  position: Position
  /** What a client says, not what it was told. */
  isClaim?: boolean
}
