/** G10: who has a room open is soon shown there, and who hasn't is soon not. */
import { dueOf, type Fault, readFaults, timeOf } from './due.ts'
import type { Evidence, SocketEvidence } from './evidence.ts'
import { sayFor } from './say.ts'
import { readStreams, type Stream } from './streams.ts'
import type { Place, Violation } from './violation.ts'

/** docs/guarantees.md: in a large room; otherwise it is half a second, and a machine that is busy takes longer. */
const SHOWN_WITHIN_MS = 5_000

/** Somebody who isn't shown for a moment may have gone: the log learns last that a connection is over. */
const MOMENT_MS = 2_000

/** docs/guarantees.md: after the node of whoever has gone was killed. */
const GONE_WITHIN_MS = 31_000

export function checkPresence(evidence: Evidence): Violation[] {
  const say = sayFor('G10', evidence)
  const faults = readFaults(evidence, { ofPresence: true })
  const streams = readStreams(evidence)
  const stays = readStays(streams)
  const found = readViews(evidence, streams).flatMap((view) =>
    [...(stays.get(view.roomId) ?? [])].flatMap(([userId, theirs]) => {
      const isShown = view.userIds.has(userId)
      const place = isShown ? findGap(view, theirs, faults) : findStay(view, theirs, faults)
      return place === undefined ? [] : [{ view, userId, isShown, place }]
    }),
  )
  const told = new Set<string>()
  return found.flatMap(({ view, userId, isShown, place }) => {
    // The first of what is the same to the end.
    const key = `${view.roomId} ${userId} ${isShown}`
    if (told.has(key)) return []
    told.add(key)
    const { client, connection } = view.socket
    const message = isShown
      ? `${userId} is not in ${view.roomId} any more, and ${client} on ${connection} was still shown them.`
      : `${userId} has ${view.roomId} open, and ${client} on ${connection} wasn’t shown them.`
    return [say(isShown ? 'shown-gone' : 'not-shown', message, [place, view.place, view.endPlace])]
  })
}

/** A stay through which they should have been shown. */
function findStay(view: View, stays: readonly Stream[], faults: readonly Fault[]): Place | undefined {
  // A service that doesn't know everybody says so, and of very many it names some.
  if (!view.isWhole) return undefined
  const stay = stays.find(({ beginsAt, endsAt }) => {
    const from = Math.max(beginsAt, view.fromAt + MOMENT_MS - SHOWN_WITHIN_MS)
    return dueOf(from, SHOWN_WITHIN_MS, faults) < Math.min(view.untilAt, endsAt)
  })
  return stay?.steps[0]?.place
}

/** Where they left, if it was so long before that they shouldn't have been shown. */
function findGap(view: View, stays: readonly Stream[], faults: readonly Fault[]): Place | undefined {
  let last: Stream | undefined
  for (const next of [...stays, undefined]) {
    const beginsAt = next?.beginsAt ?? Number.POSITIVE_INFINITY
    if (last && Math.max(dueOf(last.endsAt, GONE_WITHIN_MS, faults), view.fromAt) < Math.min(view.untilAt, beginsAt))
      return last.endPlace
    if (!last || (next && next.endsAt > last.endsAt)) last = next
  }
  return undefined
}

/** By room and user, in the order in which they began. */
function readStays(streams: readonly Stream[]): Map<string, Map<string, Stream[]>> {
  const stays = new Map<string, Map<string, Stream[]>>()
  for (const stream of streams) {
    const room = stays.get(stream.roomId) ?? new Map<string, Stream[]>()
    stays.set(stream.roomId, room)
    room.set(stream.socket.user, [...(room.get(stream.socket.user) ?? []), stream])
  }
  return stays
}

/** What each socket was shown: one after the other, each until the next, or until the room isn't open there any more. */
function readViews(evidence: Evidence, streams: readonly Stream[]): View[] {
  const told = Map.groupBy(evidence.presences, ({ socket }) => socket)
  return streams.flatMap(({ socket, roomId, beginsAt, endsAt, endPlace }) => {
    const views = (told.get(socket) ?? [])
      .map((one) => ({ ...one, fromAt: timeOf(evidence, one.place.at) }))
      .filter((one) => one.roomId === roomId && one.fromAt >= beginsAt && one.fromAt <= endsAt)
    return views.map(({ place, item, fromAt }, index) => {
      const next = views[index + 1]
      const users: { id: string }[] = item.users ?? []
      return {
        ...{ socket, roomId, place, fromAt, userIds: new Set(users.map(({ id }) => id)) },
        isWhole: item.isDegraded !== true && item.count === users.length,
        untilAt: next?.fromAt ?? endsAt,
        endPlace: next?.place ?? endPlace,
      }
    })
  })
}

// --- types ---

interface View {
  socket: SocketEvidence
  roomId: string
  place: Place
  userIds: ReadonlySet<string>
  /** Whether everybody should be in it. */
  isWhole: boolean
  fromAt: number
  untilAt: number
  endPlace: Place | undefined
}
