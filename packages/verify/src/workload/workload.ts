/** runWorkload: several people work in rooms of a service, and everything that they ask, hear and show is logged. */
import manifest from '../../package.json' with { type: 'json' }
import type { LogEntry } from '../log.ts'
import { Activity } from './activity.ts'
import { Controls } from './controls.ts'
import { readHead, readHistory } from './fresh-reader.ts'
import { createIds } from './ids.ts'
import { Moderator } from './moderator.ts'
import { Observer } from './observer.ts'
import type { WorkloadOptions } from './options.ts'
import { Participant } from './participant.ts'
import { Random } from './random.ts'
import { RawSender } from './raw-sender.ts'
import { Recorder } from './recorder.ts'
import type { Run, User } from './run.ts'
import { ServiceApi } from './service-api.ts'
import { Visitor } from './visitor.ts'
import { waitOr } from './waiting.ts'

/**
 * Runs a workload and gives back its log, whole. Rejects when the run could not be done: a refused token, a room that
 * can't be made, a service that isn't there at the beginning or the end, a failure of `during`. What the service does
 * wrong meanwhile rejects nothing; `judge` finds it in the log.
 */
export async function runWorkload(options: WorkloadOptions): Promise<LogEntry[]> {
  const { url, seconds = 10, during, settleMs = 60_000, onEntry } = options
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const random = new Random(seed)
  const recorder = new Recorder(onEntry)
  const name = `${Math.floor(Date.now() / 1000).toString(36)}${Math.floor(Math.random() * 36 ** 3).toString(36)}`
  recorder.write({
    ...{ type: 'header', format: 1, run: name, seed, url, startedAt: new Date().toISOString() },
    versions: { '@parlor/verify': manifest.version, node: process.versions.node },
  })

  const users = makeUsers(name, options.people ?? 3)
  const settling = new AbortController()
  const run: Run = {
    ...{ recorder, url, directUrl: options.directUrl ?? url, roomIds: nameRooms(name, options.rooms) },
    get isSettling() {
      return settling.signal.aborted
    },
    tokenFor: options.tokenFor,
    runtimeFor: options.runtimeFor ?? (() => ({})),
    newId: createIds(),
  }
  const heads = await enterRooms(run, users, options)

  const participants = users.people.flatMap((user) =>
    [1, 2].map((index) => new Participant(run, { name: `${user.name}/${index}`, user, random: random.fork() })),
  )
  const observers = run.roomIds.flatMap((roomId) =>
    [true, false].map((stays) => {
      const observer = stays ? 'stays' : 'comes and goes'
      return new Observer(run, { roomId, user: users.observer, name: observer, stays, random: random.fork() })
    }),
  )
  const sender = new RawSender(run, users.wire, random.fork())
  const visitor = new Visitor(run, users.visitor)
  const activities = participants.map((participant) => new Activity(run, participant, options.operationsPerSecond ?? 4))
  const cut = (): void => {
    for (const one of [...participants, ...observers, sender, visitor]) one.cut()
  }
  const controls = new Controls(run, random.fork(), cut)
  const moderator = options.serverToken && typeof options.rooms !== 'object' ? makeModerator() : undefined

  function makeModerator(): Moderator {
    return new Moderator(run, {
      api: new ServiceApi(run.directUrl, options.serverToken ?? (() => '')),
      people: users.people,
      random: random.fork(),
      onReturn(roomId, userId) {
        for (const one of participants) if (one.user.id === userId) one.reopen(roomId)
      },
    })
  }

  try {
    for (const participant of participants) participant.open()
    const following = observers.map((observer) => observer.follow())
    const acting = [...activities.map((activity) => activity.act()), sender.send()]
    const visiting = visitor.visit()
    const moderating = moderator?.moderate()
    const breaking = during?.(controls)
    await Promise.race([
      Promise.all([breaking, waitOr(seconds * 1_000)]),
      // None of them ends before the run settles, but by a failure.
      ...[...acting, ...following].map((task) => task.then(() => new Promise<never>(() => {}))),
    ])

    controls.endAll()
    settling.abort()
    moderator?.stop()
    visitor.leave()
    await Promise.all([moderating, visiting])
    for (const activity of activities) activity.stop()
    recorder.write({ type: 'healed' })
    // A service that is gone answers nobody: what was begun then ends as unknown.
    const rested = new AbortController()
    await Promise.race([Promise.all(acting), waitOr(settleMs, rested.signal)])
    rested.abort()
    const untilMs = recorder.now() + settleMs
    await settle(run, { participants, observers, reader: users.observer, visitor: users.visitor, untilMs })

    for (const roomId of run.roomIds) {
      recorder.write(await readHistory(run, users.observer, roomId, heads.get(roomId) ?? 0))
      for (const participant of participants) participant.show(roomId, true)
    }
    for (const observer of observers) observer.stop()
    await Promise.all(following)
  } finally {
    recorder.stop()
    for (const one of [...participants, ...observers, sender, visitor]) one.stop()
  }
  recorder.finish()
  return recorder.entries
}

/** Names that nobody else has: the run's own name is in every id. */
function makeUsers(run: string, people: number): Users {
  const make = (name: string): User => ({ id: `verify-${run}-${name.toLowerCase()}`, name })
  const names = Array.from({ length: people }, (_, index) => NAMES[index] ?? `P${index + 1}`)
  return { people: names.map(make), wire: make('Wire'), observer: make('Observer'), visitor: make('Visitor') }
}

function nameRooms(run: string, rooms: WorkloadOptions['rooms'] = 1): readonly string[] {
  if (typeof rooms === 'object') return rooms
  return Array.from({ length: rooms }, (_, index) => `verify-${run}-${index + 1}`)
}

/** Makes the private rooms, or finds the public ones; gives back where each stood before the run. */
async function enterRooms(
  run: Run,
  users: Users,
  { serverToken, rooms }: WorkloadOptions,
): Promise<Map<string, number>> {
  const heads = new Map<string, number>()
  const isGiven = typeof rooms === 'object'
  if (!isGiven && !serverToken) throw new TypeError('Without a server token, name public rooms to work in.')
  const api = new ServiceApi(run.directUrl, serverToken ?? (() => ''))
  for (const roomId of run.roomIds) {
    if (!isGiven) {
      const members = [users.observer, users.wire, users.visitor, ...users.people].map(
        (user, index) => ({ ...user, role: index === 0 ? 'owner' : 'member' }) as const,
      )
      await api.makeRoom(roomId, 'Parlor verify', members)
    }
    const { head } = await readHead(run, users.observer, roomId)
    heads.set(roomId, isGiven ? head : 0)
    run.recorder.write({ type: 'room', room: roomId, kind: isGiven ? 'public' : 'private', head: isGiven ? head : 0 })
  }
  return heads
}

/** Waits until everybody is at rest where the room is, or the time is over: then the log shows who wasn't. */
async function settle(run: Run, settling: Settling): Promise<void> {
  const { participants, untilMs } = settling
  for (;;) {
    for (const participant of participants) for (const roomId of run.roomIds) participant.reopen(roomId)
    const isAtRest = participants.every((one) => run.roomIds.every((roomId) => one.isAtRest(roomId)))
    // What is being taken back, or lies outside the loaded pages, doesn't show on any screen.
    const isOver = isAtRest && !run.recorder.isWaiting && isPresenceAtRest(run, settling)
    if (isOver && (await areAtHead(run, settling))) return
    if (run.recorder.now() > untilMs) return
    await waitOr(SETTLE_EVERY_MS)
  }
}

/** Everybody who takes part is shown to everybody, and whoever has gone isn't. Where nobody is told, that says nothing. */
function isPresenceAtRest({ roomIds }: Run, { participants, visitor }: Settling): boolean {
  return roomIds.every((roomId) =>
    participants.every((one) => {
      const shown = one.presentIn(roomId)
      return !shown || (!shown.has(visitor.id) && participants.every(({ user }) => shown.has(user.id)))
    }),
  )
}

async function areAtHead(run: Run, { participants, observers, reader }: Settling): Promise<boolean> {
  for (const roomId of run.roomIds) {
    // Where a client stands isn't always known: then what it shows must do.
    const positions = [
      ...participants.map((one) => one.positionIn(roomId)),
      ...observers.filter((one) => one.roomId === roomId).map(({ position }) => position),
    ].filter((at) => at !== undefined)
    const [first] = positions
    const areAt = (seq?: number, epoch?: string) => positions.every((at) => at.seq === seq && at.epoch === epoch)
    // Who reads the room may bring a node on that would have stayed behind: first they have to agree without that.
    if (!areAt(first?.seq, first?.epoch)) return false
    const { head, epoch } = await readHead(run, reader, roomId)
    if (!areAt(head, epoch)) return false
  }
  return observers.every(({ position }) => position !== undefined)
}

const NAMES = ['Ann', 'Bo', 'Cy', 'Di', 'Ed', 'Flo', 'Gus', 'Hal']

const SETTLE_EVERY_MS = 200

// --- types ---

interface Users {
  people: User[]
  wire: User
  observer: User
  visitor: User
}

interface Settling {
  participants: readonly Participant[]
  observers: readonly Observer[]
  reader: User
  visitor: User
  untilMs: number
}
