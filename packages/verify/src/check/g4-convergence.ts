/** G4: at most 5 s after a change was made and every fault has healed, everybody who is connected has it. */

import { dueOf, type Fault, readFaults, timeOf } from './due.ts'
import type { Evidence } from './evidence.ts'
import { type Say, sayFor } from './say.ts'
import { readStreams, type Stream } from './streams.ts'
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
  const { socket, roomId, steps, beginsAt, endsAt } = stream
  const known = readKnown(evidence, roomId, socket.branch)
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    // The first to know of the next number, or of one above it.
    const news = known[firstAbove(known, step.seq)]
    if (!news) return []
    const due = dueOf(Math.max(timeOf(evidence, news.place.at), beginsAt), CONVERGENCE_MS, faults)
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

// --- types ---

interface Known {
  place: Place
  seq: number
}
