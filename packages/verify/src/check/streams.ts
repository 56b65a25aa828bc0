/** Streams: where each socket stood in each room, for as long as the room was open there. */
import { timeOf } from './due.ts'
import type { Evidence, SocketEvidence } from './evidence.ts'
import type { Place } from './violation.ts'

/** In the order in which they began. */
export function readStreams(evidence: Evidence): Stream[] {
  const open = new Map<string, Stream>()
  const streams: Stream[] = []
  const told = [
    ...evidence.events.map((event) => ({ ...event, kind: 'step' as const, head: event.seq })),
    ...evidence.reads
      .filter(({ how }) => how === 'opened' || how === 'range')
      .map((read) => ({ ...read, kind: 'step' as const })),
    ...evidence.closings.map((closing) => ({ ...closing, kind: 'end' as const, head: 0 })),
    ...evidence.answers
      .filter(({ command, ok }) => ok && command.frame.type === 'room.close')
      .map((answer) => ({ ...answer, kind: 'end' as const, head: 0 })),
  ].sort((one, other) => one.place.at - other.place.at || (one.place.item ?? 0) - (other.place.item ?? 0))
  for (const { socket, roomId, place, kind, head } of told) {
    const key = `${socket.connection} ${roomId}`
    const stream = open.get(key)
    if (kind === 'end') {
      if (stream) Object.assign(stream, { endsAt: timeOf(evidence, place.at), endPlace: place })
      open.delete(key)
    } else if (stream) stream.steps.push({ place, seq: head })
    else {
      const { closedAt } = socket
      const ends =
        closedAt === undefined
          ? { endsAt: evidence.endAt }
          : { endsAt: timeOf(evidence, closedAt), endPlace: { at: closedAt } }
      const beginsAt = timeOf(evidence, place.at)
      const begun: Stream = { socket, roomId, beginsAt, steps: [{ place, seq: head }], ...ends }
      open.set(key, begun)
      streams.push(begun)
    }
  }
  return streams
}

// --- types ---

export interface Stream {
  socket: SocketEvidence
  roomId: string
  /** Never empty. */
  steps: { place: Place; seq: number }[]
  beginsAt: number
  endsAt: number
  endPlace?: Place
}
