/** G4: at most 5 s after a change was made and every fault has healed, everybody who is connected has it. */
import type { Evidence, SocketEvidence } from './evidence.ts'
import { type Say, sayFor } from './say.ts'
import type { Place, Violation } from './violation.ts'

/** docs/guarantees.md */
const CONVERGENCE_MS = 5_000

export function checkConvergence(evidence: Evidence): Violation[] {
  const say = sayFor('G4', evidence)
  const faults = readFaults(evidence)
  return [
    ...[...readStreams(evidence).values()].flatMap((stream) => checkStream(evidence, stream, faults, say)),
    ...checkRest(evidence, say),
  ]
}

/** Each step of a stream brings what has become known no longer ago than is allowed. */
function checkStream(evidence: Evidence, stream: Stream, faults: readonly Fault[], say: Say): Violation[] {
  const { socket, roomId, steps, endsAt } = stream
  const known = readKnown(evidence, roomId, socket.branch)
  const openedAt = timeOf(evidence, steps[0]?.place.at ?? 0)
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    // The first to know of the next number, or of one above it.
    const news = known[firstAbove(known, step.seq)]
    if (!news) return []
    const due = dueOf(Math.max(timeOf(evidence, news.place.at), openedAt), faults)
    const gotAt = next ? timeOf(evidence, next.place.at) : Number.POSITIVE_INFINITY
    if (Math.min(gotAt, endsAt) <= due) continue
    const when = next ? `${Math.round(gotAt - due + CONVERGENCE_MS)} ms later` : 'never'
    const message = `${news.seq} of ${roomId} was there; ${socket.client} on ${socket.connection} stood at ${step.seq} and got it ${when}.`
    const healed = faults.findLast(({ endsAt: end }) => end <= due && end >= due - CONVERGENCE_MS - 1)
    return [
      say('late', message, [step.place, news.place, healed && { at: healed.endPlace }, next?.place, stream.endPlace]),
    ]
  }
  return []
}

/** At the end, every client is live again, and nothing that it did is still under way. */
function checkRest({ entries, rooms }: Evidence, say: Say): Violation[] {
  return [...entries.entries()].flatMap(([at, entry]) => {
    if (entry.type !== 'shown' || !entry.isFinal) return []
    const { client, room, status, messages } = entry
    const final = rooms.get(room)?.final
    const member = final?.entry.members.find(({ userId }) => userId === entry.user)
    // Whoever isn't let in has nothing to come to: a history that was read afresh doesn't even name them.
    const isOut = member ? member.gone === 'removed' : final?.entry.row.kind === 'private'
    if (isOut) return []
    if (status !== 'live') return [say('not-live', `${client} is ${status} in ${room} at the end.`, [{ at }])]
    const open = messages.find((message) => message.status === 'pending' || message.isChanging)
    if (open)
      return [
        say('not-settled', `${client} still shows ${open.id} as ${open.isChanging ? 'changing' : 'pending'}.`, [
          { at, key: `message ${open.id}` },
        ]),
      ]
    const { position } = entry
    if (!final || !position || position.seq >= final.entry.head) return []
    return [
      say('behind', `${client} stands at ${position.seq} of ${room}, whose head is ${final.entry.head}.`, [
        { at },
        { at: final.at },
      ]),
    ]
  })
}

/** Where each socket stood in each room, for as long as the room was open there. */
function readStreams(evidence: Evidence): Stream[] {
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
      const begun: Stream = { socket, roomId, steps: [{ place, seq: head }], ...ends }
      open.set(key, begun)
      streams.push(begun)
    }
  }
  return streams
}

/** The numbers of a room as they became known to anybody, each higher than the one before. */
function readKnown(evidence: Evidence, roomId: string, branch: number): Known[] {
  const known = KNOWN.get(evidence) ?? new Map<string, Known[]>()
  KNOWN.set(evidence, known)
  const key = `${roomId} ${branch}`
  const found = known.get(key)
  if (found) return found
  const heard = [
    ...evidence.events,
    ...evidence.reads.map((read) => ({ ...read, seq: read.head })),
    ...acksOf(evidence),
  ]
    .filter((told) => told.roomId === roomId && told.socket.branch === branch)
    .sort((one, other) => one.place.at - other.place.at || (one.place.item ?? 0) - (other.place.item ?? 0))
  const rising: Known[] = []
  for (const { place, seq } of heard) if (seq > (rising.at(-1)?.seq ?? 0)) rising.push({ place, seq })
  known.set(key, rising)
  return rising
}

function firstAbove(known: readonly Known[], seq: number): number {
  let [low, high] = [0, known.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((known[middle]?.seq ?? 0) <= seq) low = middle + 1
    else high = middle
  }
  return low
}

/** Reading it once for every socket of a room would take most of the time of a judgement. */
const KNOWN = new WeakMap<Evidence, Map<string, Known[]>>()

function acksOf({ answers }: Evidence) {
  return answers.flatMap((answer) => {
    const seq: unknown =
      answer.ok?.version ?? (answer.command.frame.type === 'message.send' ? answer.ok?.seq : undefined)
    return typeof seq === 'number' ? [{ ...answer, seq }] : []
  })
}

/** When something must have arrived that could be sent at this time; a fault in between begins the time anew. */
function dueOf(from: number, faults: readonly Fault[]): number {
  let start = from
  for (const { beginsAt, endsAt } of faults) if (beginsAt <= start + CONVERGENCE_MS && endsAt > start) start = endsAt
  return start + CONVERGENCE_MS
}

function readFaults({ entries, endAt }: Evidence): Fault[] {
  const faults = new Map<number, Fault>()
  for (const [at, entry] of entries.entries()) {
    if (entry.type !== 'fault') continue
    const fault = faults.get(entry.fault)
    if (entry.phase === 'begin') faults.set(entry.fault, { beginsAt: entry.at, endsAt: endAt, endPlace: at })
    else if (fault) Object.assign(fault, { endsAt: entry.at, endPlace: at })
  }
  return [...faults.values()].sort((one, other) => one.beginsAt - other.beginsAt)
}

function timeOf({ entries }: Evidence, at: number): number {
  return entries[at]?.at ?? 0
}

// --- types ---

interface Stream {
  socket: SocketEvidence
  roomId: string
  steps: { place: Place; seq: number }[]
  endsAt: number
  endPlace?: Place
}

interface Known {
  place: Place
  seq: number
}

interface Fault {
  beginsAt: number
  endsAt: number
  endPlace: number
}
