/** Run: one schedule from its first action to the last check. */
import { act, serverSend } from './actions.ts'
import { compareSnapshot } from './compare.ts'
import type { Device } from './device.ts'
import { isEqual } from './plain.ts'
import type { Schedule } from './schedule.ts'
import type { Totals } from './totals.ts'
import { ROOM_IDS, World } from './world.ts'

/** Runs a schedule. The same schedule gives the same result, always. */
export async function runSchedule(schedule: Schedule): Promise<RunResult> {
  const world = new World(schedule)
  const onRejection = (error: unknown): void =>
    world.say(`internal: a promise was rejected and nobody looked: ${error}`)
  process.on('unhandledRejection', onRejection)
  try {
    await world.begin()
    // A history longer than a page, most of the time.
    for (const roomId of ROOM_IDS)
      for (let left = Math.floor(world.random() * 15); left > 0; left--) serverSend(world, roomId, 0)
    await world.time.pass(500)
    for (const device of world.devices) for (const roomId of ROOM_IDS) device.openRoom(roomId)
    for (const action of schedule.actions) {
      await world.time.pass(action.afterMs)
      await act(world, action)
    }
    await heal(world)
    check(world, schedule, 'at rest')
    await probe(world)
    check(world, schedule, 'after a lost last word')
    checkPromises(world)
    for (const device of world.devices) device.client.destroy()
    await world.time.pass(1)
  } catch (error) {
    world.say(`internal: ${error instanceof Error ? error.stack : error}`)
  } finally {
    process.off('unhandledRejection', onRejection)
  }
  return { problems: [...new Set(world.problems)], totals: world.totals, digest: world.digest.digest('hex') }
}

/** Nothing breaks any more; then time passes for everybody to notice and to come back. */
async function heal(world: World): Promise<void> {
  world.database.outageUntil = 0
  world.database.stuckUntil = 0
  world.database.answersToLose = 0
  if (world.bus) {
    world.bus.outageUntil = 0
    world.bus.isHealed = true
  }
  for (const at of world.nodes.keys()) world.startNode(at)
  for (const device of world.devices) {
    device.tokenFailsUntil = 0
    device.signal('resume')
    for (const roomId of ROOM_IDS) device.openRoom(roomId)
  }
  await world.time.pass(NOTICED_MS)
  // A bus that lost the last word of a room that nobody spoke in since leaves no gap: one more word makes it one.
  for (const roomId of ROOM_IDS) serverSend(world, roomId, 0)
  await world.time.pass(1_000)
  // Who was let in again while they looked elsewhere looks again; so does who was shown the door during a reconnect.
  for (const device of world.devices)
    for (const [_roomId, room] of device.rooms)
      if (room.getSnapshot().status === 'denied') {
        room.open()
        room.close()
      }
  await world.time.pass(CONVERGED_MS)
}

/** G4: a commit whose publication was lost reaches everybody in time, without anything that follows it. */
async function probe(world: World): Promise<void> {
  for (const roomId of ROOM_IDS) serverSend(world, roomId, 0)
  await world.time.pass(200)
  if (world.bus) {
    world.bus.outageUntil = world.time.now + 1_000
    for (const roomId of ROOM_IDS) serverSend(world, roomId, 0)
  } else {
    world.database.answersToLose = ROOM_IDS.length
    for (const roomId of ROOM_IDS) serverSend(world, roomId, 0)
    // The store gives up on the answer; that is when the service can know.
    await world.time.pass(4_000)
  }
  await world.time.pass(CONVERGED_MS + 1_000)
}

function check(world: World, schedule: Schedule, when: string): void {
  for (const device of world.devices) for (const roomId of ROOM_IDS) checkRoom(world, device, roomId, when)
  if (schedule.showsSignals) for (const roomId of ROOM_IDS) checkSignals(world, roomId, when)
}

/** G10: everybody who has the room open sees everybody who has, and nobody who writes. */
function checkSignals(world: World, roomId: string, when: string): void {
  const there = world.devices.filter((device) => device.room(roomId).getSnapshot().status === 'live')
  const wanted = [...new Set(there.map(({ userId }) => userId))].sort()
  for (const { userId, rooms } of there) {
    const presence = rooms.get(roomId)?.presence.getSnapshot()
    const shown = presence?.online.map(({ id }) => id).sort()
    if (!isEqual(shown, wanted) || presence?.count !== wanted.length || presence.isDegraded)
      world.say(`G10: ${userId} sees ${shown?.join()} in ${roomId} ${when}, not ${wanted.join()}`)
    const writers = rooms.get(roomId)?.typing.getSnapshot().typers ?? []
    if (writers.length > 0) world.say(`G10: ${userId} sees ${writers.map(({ id }) => id).join()} writing ${when}`)
  }
}

function checkRoom(world: World, device: Device, roomId: string, when: string): void {
  const { userId } = device
  const shown = device.room(roomId).getSnapshot()
  const timeline = world.history.current(roomId)
  const mayRead = (timeline.head > 0 || roomId === 'general') && timeline.canRead(userId, timeline.head)
  const wanted = mayRead ? 'live' : 'denied'
  if (shown.status !== wanted)
    world.say(`G4: ${userId} is ${shown.status} in ${roomId} ${when}, not ${wanted}: ${shown.error?.code}`)
  if (shown.status !== 'live' || !mayRead) return
  for (const problem of compareSnapshot(timeline, userId, shown)) world.say(`${problem} (${when})`)
}

function checkPromises(world: World): void {
  for (const device of world.devices) {
    device.checkOrder()
    for (const what of device.unsettled) world.say(`G5: ${device.userId} was never told how the ${what} ended`)
  }
  world.checkDevices()
  const messages = world.devices.flatMap(({ rooms }) =>
    [...rooms.values()].flatMap((room) => room.getSnapshot().messages),
  )
  world.ledger.check(new Set(messages.filter(({ status }) => status === 'failed').map(({ id }) => id)))
  for (const problem of world.history.problems) world.say(problem)
  for (const timeline of world.history.rooms()) {
    const room = world.database.rows.findRoom(timeline.roomId)
    if ((room?.head ?? 0) !== timeline.head)
      world.say(`G2: ${timeline.roomId} is at ${room?.head}, not ${timeline.head}`)
    const { messages } = timeline.at(timeline.head)
    for (const row of world.database.rows.listChangedMessages(timeline.roomId, 0, Number.MAX_SAFE_INTEGER))
      if (!isEqual(messages.get(row.id), row)) world.say(`G2: ${row.id} isn't what its changes say`)
  }
}

/** A silent socket (35 s), the longest backoff (30 s), a welcome that never comes (15 s), and a margin. */
const NOTICED_MS = 100_000

/** G4. */
const CONVERGED_MS = 5_000

// --- types ---

export interface RunResult {
  /** Empty if every guarantee held. Each begins with the guarantee's number. */
  problems: readonly string[]
  totals: Totals
  /** Of every frame that anybody got, and when. */
  digest: string
}
