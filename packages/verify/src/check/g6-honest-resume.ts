/** G6: who comes back gets everything that changed above the position that they named, or an explicit reset. */
import type { Evidence, Read } from './evidence.ts'
import { findGaps } from './read-gaps.ts'
import { type Say, sayFor } from './say.ts'
import type { Violation } from './violation.ts'

export function checkHonestResume(evidence: Evidence): Violation[] {
  const say = sayFor('G6', evidence)
  return [
    ...evidence.reads.flatMap((read) => [
      ...(read.from === undefined ? [] : checkRange(evidence, read, read.from, say)),
      ...checkPosition(evidence, read, say),
    ]),
    ...checkEpochs(evidence, say),
  ]
}

/** A range has every row that changed in it, as it was at its end, and no other. */
function checkRange(evidence: Evidence, read: Read, from: number, say: Say): Violation[] {
  const { roomId, head, place, rows, socket } = read
  const range = `The range from ${from} to ${head} of ${roomId} for ${socket.client}`
  // The reader's own row is sent with every answer, changed or not.
  const strange = rows.find(
    ({ key, version }) => version > head || (version <= from && key !== `member ${socket.user}`),
  )
  if (strange)
    return [
      say('beyond-range', `${range} holds version ${strange.version} of ${strange.key}.`, [
        { ...place, key: strange.key },
      ]),
    ]
  return findGaps(evidence, read).map(({ row, held }) =>
    say(
      'range-hole',
      `${range} has ${held ? `version ${held.version} of` : 'no'} ${row.key}, which changed at ${row.version}.`,
      [read.asked?.command, row.place, { ...place, key: row.key }],
    ),
  )
}

/** What was taken back can't be gone on from, and no answer is older than the position that its question named. */
function checkPosition(evidence: Evidence, read: Read, say: Say): Violation[] {
  const { asked, from, head, epoch, place, roomId, socket, how } = read
  if (!asked?.command) return []
  const { position, command } = asked
  if (from === undefined && how !== 'page') return []
  const reachedIn = branchOf(evidence, roomId, position.epoch)
  const isTakenBack =
    reachedIn !== undefined &&
    reachedIn < socket.branch &&
    evidence.rooms.get(roomId)?.facts.wasTakenBackBy(position.seq, reachedIn, socket.branch) === true
  if (isTakenBack) {
    // A page of what is left is no answer about what is gone: its reader is about to be reset.
    if (from === undefined) return []
    const message = `${position.seq} of ${roomId} was taken back, and was answered with a range.`
    return [say('history-mixed', message, [command, place])]
  }
  if (epoch !== position.epoch || head >= position.seq) return []
  return [
    say('answer-behind', `${position.seq} of ${roomId} was answered with what it was at ${head}.`, [command, place]),
  ]
}

/** Numbers that were taken back are given again in another epoch: else nobody could tell a position of before from one of after. */
function checkEpochs({ rooms, events, reads }: Evidence, say: Say): Violation[] {
  return [...rooms].flatMap(([roomId, { facts }]) => {
    const told = [...events, ...reads.map((read) => ({ ...read, seq: read.head }))].filter(
      (one) => one.roomId === roomId && one.epoch !== '',
    )
    for (const later of told) {
      const { branch } = later.socket
      if (branch === 0) continue
      const before = told.find(
        ({ epoch, seq, socket }) =>
          epoch === later.epoch &&
          socket.branch < branch &&
          facts.wasTakenBackBy(seq, socket.branch, branch) &&
          facts.wasTakenBackBy(later.seq, socket.branch, branch),
      )
      if (!before) continue
      const message = `Epoch ${later.epoch} of ${roomId} goes on with ${later.seq} after a backup took ${before.seq} back.`
      return [say('epoch-reused', message, [before.place, later.place])]
    }
    return []
  })
}

/** The branch in which an epoch began, as far as anybody was told. */
function branchOf({ events, reads }: Evidence, roomId: string, epoch: string): number | undefined {
  const told = [...events, ...reads].filter((one) => one.roomId === roomId && one.epoch === epoch)
  return told.length === 0 ? undefined : Math.min(...told.map(({ socket }) => socket.branch))
}
