/** Actions: what each action of a schedule does to the world. */
import type { Message } from '@parlor/client'
import type { Device } from './device.ts'
import type { Action, ActionKind } from './schedule.ts'
import { ROOM_IDS, TEAM, userOf, type World } from './world.ts'

export async function act(world: World, action: Action): Promise<void> {
  const device = pick(world.devices, action.a)
  if (!device) return
  const scene: Scene = { world, device, roomId: pick(ROOM_IDS, action.b) ?? 'general', ...action }
  await ACTIONS[action.kind](scene)
}

const PEOPLE = {
  send: ({ device, roomId, world, c }: Scene) => device.send(roomId, `text ${Math.floor(c * 1e6)} ${world.time.now}`),
  sendMany: ({ device, roomId, c }: Scene) => {
    for (let at = 0; at < 2 + Math.floor(c * 8); at++) device.send(roomId, `one of many ${at} ${c}`)
  },
  edit: ({ device, roomId, world, c }: Scene) => {
    const message = pick(own(device, roomId), c)
    if (!message) return
    world.totals.count('edits')
    device.edit(roomId, message.id, `edited ${c} ${world.time.now}`)
  },
  remove: ({ device, roomId, world, c }: Scene) => {
    const message = pick(own(device, roomId), c)
    if (message?.status !== 'sent') return
    world.totals.count('deletions')
    device.expect('deletion', device.room(roomId).remove(message.id))
  },
  react: ({ device, roomId, world, c }: Scene) => {
    const message = pick(shown(device, roomId), c)
    if (!message) return
    world.totals.count('reactions')
    device.expect('reaction', device.room(roomId).react(message.id, c < 0.5 ? '👍' : '🎉'))
  },
  discard: ({ device, roomId, world, c }: Scene) => {
    const undone = shown(device, roomId).filter(({ status }) => status === 'pending' || status === 'failed')
    const message = pick(undone, c)
    if (!message) return
    world.totals.count('discards')
    device.discard(roomId, message.id)
  },
  retry: ({ device, roomId, world, c }: Scene) => {
    const failed = shown(device, roomId).filter(({ status }) => status === 'failed')
    const message = pick(failed, c)
    if (!message) return
    world.totals.count('retries')
    device.retry(roomId, message.id)
  },
  loadOlder: ({ device, roomId }: Scene) => device.expect('older page', device.room(roomId).loadOlder()),
  loadNewer: ({ device, roomId }: Scene) => device.expect('newer page', device.room(roomId).loadNewer()),
  jump: ({ device, roomId, world, c }: Scene) => {
    const created = world.history.current(roomId).events.filter(({ type }) => type === 'message.created')
    const event = pick(created, c)
    if (event?.type !== 'message.created') return
    world.totals.count('jumps')
    device.expect('jump', device.room(roomId).jumpTo(event.message.id))
  },
  jumpToLatest: ({ device, roomId }: Scene) => device.expect('jump to the end', device.room(roomId).jumpToLatest()),
  loadMembers: ({ device, roomId }: Scene) => device.expect('list of members', device.room(roomId).loadMembers()),
  openRoom: ({ device, roomId }: Scene) => device.openRoom(roomId),
  closeRoom: ({ device, roomId }: Scene) => device.closeRoom(roomId),
  join: ({ device, roomId }: Scene) => device.expect('joining', device.room(roomId).join()),
  leave: ({ device, roomId }: Scene) => device.expect('leaving', device.room(roomId).leave()),
  kick: ({ device, roomId, world, c }: Scene) => {
    const sent = device.room(roomId).removeMember(pick(TEAM, c) ?? 'cy')
    ignore(sent.then(() => world.totals.count('removals')))
  },
  /** The app's server renders the room; the page may come much later, or again. */
  snapshot: ({ world, device, roomId, a }: Scene) => {
    const taken = world.someNode(a)?.rooms.snapshot({ user: userOf(device.userId) }, roomId, 5)
    ignore(taken?.then((snapshot) => world.snapshots.set(`${device.userId} ${roomId}`, snapshot)))
  },
  reload: (scene: Scene) => {
    scene.world.totals.count('reloads')
    scene.device.leave(scene.b < 0.5)
    replacePage(scene, true)
  },
  /** Its person opens it again: the same tab, or a new one, and somebody has to take over. */
  killPage: (scene: Scene) => {
    scene.world.totals.count('killed pages')
    scene.device.kill(1 + scene.b * 50)
    replacePage(scene, scene.b < 0.5)
  },
  /** Longer than another page waits for it, or not. */
  freezePage: ({ world, device, c }: Scene) => {
    world.totals.count('frozen pages')
    device.freeze(c * 6_000)
  },
  suspend: ({ device }: Scene) => device.signal('suspend'),
  wake: ({ device, c }: Scene) => device.signal(c < 0.4 ? 'visible' : c < 0.7 ? 'online' : 'resume'),
}

const TROUBLE = {
  serverRemove: ({ world, roomId, a, c }: Scene) => {
    const removed = world.someNode(a)?.members.remove(SERVER, roomId, pick(TEAM, c) ?? 'cy')
    ignore(removed?.then(() => world.totals.count('removals')))
  },
  serverAdd: ({ world, roomId, a, c }: Scene) => {
    const user = userOf(pick(TEAM, c) ?? 'cy')
    const added = world.someNode(a)?.members.add(SERVER, roomId, user, user.id === 'ada' ? 'owner' : 'member')
    ignore(added?.then(() => world.totals.count('returns')))
  },
  serverRename: ({ world, a, c }: Scene) =>
    ignore(world.someNode(a)?.rooms.upsert({ roomId: 'team', name: `Team ${c.toFixed(3)}`, members: [] })),
  serverSend: ({ world, roomId, a }: Scene) => serverSend(world, roomId, a),
  /** More than a catch-up may send. */
  flood: ({ world, roomId, a }: Scene) => {
    for (let at = 0; at < 320; at++) serverSend(world, roomId, a)
  },
  tokenTrouble: ({ world, device, c }: Scene) => {
    device.tokenFailsUntil = world.time.now + c * 60_000
  },
  cut: ({ world, device, b, c }: Scene) => cutOff(world, device, c * 100, b * 100, 0),
  /** One end or both learn of it only by silence. */
  halfOpen: ({ world, device, b, c }: Scene) => {
    if (!device.link) return
    world.totals.count('half-open sockets')
    cutOff(world, device, c < 0.4 ? c * 100 : undefined, b < 0.4 ? b * 100 : undefined, 0)
  },
  /** What was sent comes long after its sender has come back another way. */
  lateCut: ({ world, device, roomId, b, c }: Scene) => {
    if (c < 0.8) device.send(roomId, `late ${c} ${world.time.now}`)
    cutOff(world, device, c * 20, 100 + b * 8_000, b * 8_000)
  },
  stall: ({ world, device, c }: Scene) => {
    if (!device.link) return
    world.totals.count('slow deliveries')
    device.link.stall(c * c * 15_000)
  },
  crash: ({ world, a, c }: Scene) => crash(world, Math.floor(a * world.nodes.length), 50 + c * 4_000),
  drain: ({ world, a, c }: Scene) => {
    const at = Math.floor(a * world.nodes.length)
    if (!world.nodes[at]?.isTaking) return
    world.totals.count('drains')
    world.nodes[at]?.drain(world.random)
    world.time.after(200, () => crash(world, at, c * 2_000))
  },
  databaseRestart: ({ world }: Scene) => {
    if (!world.database.isShared) return
    world.totals.count('database restarts')
    world.database.restart()
  },
  /** The service stands still while its database is another one. */
  restore: ({ world, c }: Scene) => {
    world.totals.count('restored backups')
    for (const at of world.nodes.keys()) crash(world, at, 100)
    const size = Math.max(1, world.database.size - Math.floor(c * c * 30))
    const heads = world.database.restore(size)
    world.history.restore(heads)
    world.ledger.restored(heads)
  },
  loseAnswers: ({ world, c }: Scene) => {
    world.database.answersToLose = 1 + Math.floor(c * 2)
  },
  stuckWrites: ({ world, c }: Scene) => {
    world.database.stuckUntil = world.time.now + c * 10_000
  },
  databaseOutage: ({ world, c }: Scene) => {
    world.totals.count('database outages')
    world.database.outageUntil = world.time.now + c * 6_000
  },
  busOutage: ({ world, c }: Scene) => {
    if (world.bus) world.bus.outageUntil = world.time.now + c * 3_000
  },
  quiet: ({ world, c }: Scene) => world.time.pass(c * 20_000),
}

const ACTIONS: Record<ActionKind, (scene: Scene) => void | Promise<void>> = { ...PEOPLE, ...TROUBLE }

const SERVER = { user: userOf('app'), isServer: true }

/** The app's server posts in the name of somebody who isn't a page of this world. */
export function serverSend(world: World, roomId: string, pickNode: number): void {
  const id = world.newId()
  ignore(
    world.someNode(pickNode)?.messages.send({ user: userOf('bot'), isServer: true }, { roomId, id, text: `bot ${id}` }),
  )
}

function replacePage({ world, device, c }: Scene, isSameTab: boolean): void {
  world.noteKept(device.userId)
  const fresh = world.createDevice(device.userId, c < 0.7, isSameTab ? device.tab : undefined)
  for (const roomId of device.open) fresh.openRoom(roomId)
  world.devices[world.devices.indexOf(device)] = fresh
}

function crash(world: World, at: number, downMs: number): void {
  if (!world.nodes[at]) return
  world.totals.count('crashes')
  world.crash(at)
  world.time.after(downMs, () => world.startNode(at))
}

function cutOff(world: World, device: Device, clientMs?: number, serverMs?: number, lateMs = 0): void {
  const { link } = device
  if (!link || link.isOver) return
  world.totals.count('cuts')
  world.totals.count('late frames', link.cut({ random: world.random, clientMs, serverMs, lateMs }))
}

function shown(device: Device, roomId: string): readonly Message[] {
  return device.room(roomId).getSnapshot().messages
}

function own(device: Device, roomId: string): readonly Message[] {
  return shown(device, roomId).filter(({ user, status }) => user.id === device.userId && status !== 'deleted')
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[Math.floor(at * list.length)]
}

/** What is refused is refused; whether it was done is checked elsewhere. */
function ignore(promise: Promise<unknown> | undefined): void {
  promise?.catch(() => {})
}

// --- types ---

interface Scene extends Action {
  world: World
  device: Device
  roomId: string
}
