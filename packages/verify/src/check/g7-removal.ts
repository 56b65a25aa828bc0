/** G7: whoever was removed at r gets nothing above r, live or by history, and nothing of theirs is stored there. */
import type { Evidence, RoomEvidence } from './evidence.ts'
import { isMessage, type Row } from './facts.ts'
import { type Say, sayFor } from './say.ts'
import type { Violation } from './violation.ts'

export function checkRemoval(evidence: Evidence): Violation[] {
  const say = sayFor('G7', evidence)
  return [...evidence.rooms].flatMap(([roomId, room]) =>
    Array.from({ length: room.facts.branches }, (_, branch) => branch).flatMap((branch) =>
      findAbsences(room, branch).flatMap((absence) => checkAbsence(evidence, roomId, branch, absence, say)),
    ),
  )
}

function checkAbsence(evidence: Evidence, roomId: string, branch: number, absence: Absence, say: Say): Violation[] {
  const { userId, removal, until } = absence
  const isInside = (seq: number): boolean => seq > removal.version && seq < until
  const isTheirs = (told: Evidence['events'][number] | Evidence['reads'][number]): boolean =>
    told.socket.user === userId && told.roomId === roomId && told.socket.branch === branch
  const since = `was removed at ${removal.version} of ${roomId}`
  return [
    ...evidence.events
      .filter((event) => isTheirs(event) && isInside(event.seq))
      .map(({ seq, place }) =>
        say('told-removed', `${userId} ${since}, and got event ${seq}.`, [removal.place, place]),
      ),
    ...evidence.reads
      .filter((read) => isTheirs(read) && isInside(read.head))
      .map(({ head, place }) =>
        say('read-removed', `${userId} ${since}, and read the room at ${head}.`, [removal.place, place]),
      ),
    ...authored(evidence, roomId, branch, userId)
      .filter(({ content }) => isInside(content.seq))
      .map((row) =>
        say('wrote-removed', `${userId} ${since}, and ${row.key} of theirs was stored as ${row.content.seq}.`, [
          removal.place,
          row.place,
        ]),
      ),
  ]
}

/** From each removal to the return, or to the end. */
function findAbsences({ facts }: RoomEvidence, branch: number): Absence[] {
  const view = facts.view(branch)
  return [...view.keys]
    .filter((key) => key.startsWith('member '))
    .flatMap((key) => {
      const versions = view.of(key)
      return versions.flatMap((removal, index) => {
        if (removal.content.gone !== 'removed') return []
        const back = versions.slice(index + 1).find(({ content }) => content.gone !== 'removed')
        return [{ userId: removal.content.userId, removal, until: back?.version ?? Number.POSITIVE_INFINITY }]
      })
    })
}

function authored({ rooms }: Evidence, roomId: string, branch: number, userId: string) {
  const view = rooms.get(roomId)?.facts.view(branch)
  return [...(view?.keys ?? [])].flatMap((key) => {
    const [first] = view?.of(key) ?? []
    return first && isMessage(first) && first.content.user.id === userId ? [first] : []
  })
}

// --- types ---

interface Absence {
  userId: string
  /** The row that says so. */
  removal: Row
  /** The version of their return. */
  until: number
}
