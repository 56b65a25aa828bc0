/** G13: cut off from its database, the service acknowledges nothing, fails sends within 5 s, and says it isn't ready. */
import type { Answer, Command, Evidence } from './evidence.ts'
import { sayFor } from './say.ts'
import type { Violation } from './violation.ts'

/** docs/guarantees.md */
const FAIL_WITHIN_MS = 5_000

/** An answer is on its way for this long, on a busy machine. */
const TRAVEL_MS = 1_000

export function checkNoFalseAck(evidence: Evidence): Violation[] {
  const say = sayFor('G13', evidence)
  const { entries, answers, commands } = evidence
  const answerTo = new Map(answers.map((answer) => [answer.command, answer]))
  return readOutages(evidence).flatMap((outage) => {
    const { beginsAt, endsAt, place } = outage
    const sends = commands.filter(({ at, frame }) => {
      const sentAt = entries[at]?.at ?? 0
      return WRITES.has(frame.type ?? '') && sentAt > beginsAt && sentAt < endsAt
    })
    const changes = commands.filter(({ at, frame }) => {
      const sentAt = entries[at]?.at ?? 0
      // What was changed just before is known to everybody by then.
      return CHANGES.has(frame.type ?? '') && sentAt > beginsAt + TRAVEL_MS && sentAt < endsAt
    })
    const falseAcks = [...sends, ...changes].flatMap((command) => {
      const answer = answerTo.get(command)
      if (!answer?.ok || (entries[answer.place.at]?.at ?? 0) >= endsAt) return []
      if (CHANGES.has(command.frame.type ?? '') && !isNew(evidence, command, answer)) return []
      return [
        say('false-ack', `${command.frame.type} was acknowledged while the database was out of reach.`, [
          { at: place },
          command,
          answer.place,
        ]),
      ]
    })
    const silences = sends.flatMap((command) => {
      const due = (entries[command.at]?.at ?? 0) + FAIL_WITHIN_MS + TRAVEL_MS
      const answer = answerTo.get(command)
      if (due >= endsAt || (answer && (entries[answer.place.at]?.at ?? 0) <= due) || isClosedBy(evidence, command, due))
        return []
      return [
        say('silent', `${command.frame.type} had no answer within 5 s while the database was out of reach.`, [
          { at: place },
          command,
          answer?.place,
        ]),
      ]
    })
    const claims = [...entries.entries()].flatMap(([at, entry]) => {
      const isClaim = entry.type === 'ready' && entry.isReady
      if (!isClaim || entry.at < beginsAt + FAIL_WITHIN_MS + TRAVEL_MS || entry.at >= endsAt) return []
      return [
        say('false-ready', 'The service said that it is ready while its database was out of reach.', [
          { at: place },
          { at },
        ]),
      ]
    })
    return [...falseAcks, ...silences, ...claims]
  })
}

function isClosedBy({ entries }: Evidence, { socket }: Command, due: number): boolean {
  return socket.closedAt !== undefined && (entries[socket.closedAt]?.at ?? 0) <= due
}

function readOutages({ entries, endAt }: Evidence): Outage[] {
  const outages = new Map<number, Outage>()
  for (const [at, entry] of entries.entries()) {
    if (entry.type !== 'fault' || !entry.isStoreDown) continue
    const outage = outages.get(entry.fault)
    if (entry.phase === 'begin') outages.set(entry.fault, { beginsAt: entry.at, endsAt: endAt, place: at })
    else if (outage) outage.endsAt = entry.at
  }
  return [...outages.values()]
}

/** An edit, a reaction or a deletion may find that there is nothing to change, and name an old version. */
function isNew({ rooms }: Evidence, { at, socket, frame }: Command, { ok }: Answer): boolean {
  const known = rooms.get(frame.roomId ?? '')?.facts.view(socket.branch).rows ?? []
  const version: number = ok?.version ?? 0
  return version > Math.max(0, ...known.filter(({ place }) => place.at < at).map((row) => row.version))
}

/** What only a database can do. */
const WRITES: ReadonlySet<string> = new Set(['message.send'])

const CHANGES: ReadonlySet<string> = new Set(['message.edit', 'message.delete', 'message.react'])

// --- types ---

interface Outage {
  beginsAt: number
  endsAt: number
  /** Of its begin, in the log. */
  place: number
}
