/** World: nodes, a database, a bus, a network and pages of people, all in one virtual time and out of one seed. */

import { createHash } from 'node:crypto'
import type { TransportHandlers } from '@parlor/client'
import type { Snapshot, User } from '@parlor/protocol'
import { MemoryBus } from '../../packages/server/src/delivery/bus-memory.ts'
import { MemorySignalBus } from '../../packages/server/src/delivery/signal-bus-memory.ts'
import { createRandom } from '../support/random.ts'
import { Browser, type Tab } from './browser.ts'
import { Device } from './device.ts'
import { History } from './history.ts'
import { Ledger } from './ledger.ts'
import { Link } from './link.ts'
import type { Schedule } from './schedule.ts'
import { ServiceNode } from './service-node.ts'
import { BusNetwork } from './simulated-bus.ts'
import { Database } from './simulated-store.ts'
import { Totals } from './totals.ts'
import { VirtualTime } from './virtual-time.ts'

/** A public room that anybody makes by using it, and a private one that the app's server made. */
export const ROOM_IDS = ['general', 'team'] as const

/** Whoever `team` was made with; a later restore or removal changes that. */
export const TEAM = ['ada', 'bob', 'cy'] as const

export class World {
  readonly time = new VirtualTime()
  readonly totals = new Totals()
  readonly history = new History()
  readonly problems: string[] = []
  readonly digest = createHash('sha256')
  readonly ledger: Ledger
  readonly database: Database
  readonly bus: BusNetwork | undefined
  readonly #signalBuses = new Set<MemorySignalBus>()
  readonly #showsSignals: boolean
  readonly devices: Device[]
  readonly nodes: (ServiceNode | undefined)[]
  readonly random: () => number
  /** Server-rendered rooms, by user and room. */
  readonly snapshots = new Map<string, Snapshot>()
  /** By user. */
  readonly #browsers: ReadonlyMap<string, Browser>
  #links: Link[] = []
  readonly #seed: number
  #starts = 0
  #ids = 0

  constructor({ seed, nodes, users, sharesConnections = false, showsSignals = false }: Schedule) {
    this.#seed = seed
    this.#showsSignals = showsSignals
    this.random = this.#stream('world')
    const { time, totals, history } = this
    const onProblem = (problem: string): void => this.say(problem)
    this.ledger = new Ledger({ history, totals, onProblem })
    this.database = new Database(nodes > 1, { time, random: this.#stream('database'), history, totals })
    this.bus = nodes > 1 ? new BusNetwork({ time, random: this.#stream('bus'), totals }) : undefined
    this.nodes = Array.from({ length: nodes }, () => undefined)
    for (const at of this.nodes.keys()) this.startNode(at)
    this.#browsers = new Map(
      [...new Set(users)].map((userId) => {
        const random = this.#stream(`browser of ${userId}`)
        return [userId, new Browser(sharesConnections, time, random)]
      }),
    )
    this.devices = users.map((userId) => this.createDevice(userId))
  }

  say(problem: string): void {
    if (this.problems.length < 50) this.problems.push(problem)
  }

  /** A page of this person. `isRendered`: with what the app's server last rendered for them. `tab`: of the page before. */
  createDevice(userId: string, isRendered = false, tab?: Tab): Device {
    this.#ids += 1
    const { time, totals, history, ledger } = this
    return new Device(userId, {
      ...{ time, totals, history, ledger, roomIds: ROOM_IDS, showsSignals: this.#showsSignals },
      page: (this.#browsers.get(userId) as Browser).openPage(tab),
      random: this.#stream(`device ${this.#ids}`),
      newId: () => this.newId(),
      findSnapshot: (roomId) => {
        const snapshot = isRendered ? this.snapshots.get(`${userId} ${roomId}`) : undefined
        if (snapshot) this.totals.count('rendered pages')
        return snapshot
      },
      connect: (handlers) => this.#connect(handlers),
      onReceived: (text) => this.digest.update(`${this.time.now} ${userId} ${text}\n`),
      onProblem: (problem) => this.say(problem),
    })
  }

  /** A page of this person is gone: what waits on the device now must not get lost. */
  noteKept(userId: string): void {
    for (const { roomId, id, phase } of this.#browsers.get(userId)?.kept ?? [])
      if (phase === 'waiting') this.ledger.kept({ userId, roomId, id })
  }

  /** At rest nothing waits on any device. */
  checkDevices(): void {
    for (const [userId, { kept }] of this.#browsers)
      for (const { id, phase } of kept)
        if (phase !== 'failed') this.say(`G5: ${id} still lies on a device of ${userId}, ${phase}`)
  }

  /** A message id, as a client makes it, but one that comes again with the seed. */
  newId(): string {
    this.#ids += 1
    return `00000000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`
  }

  startNode(at: number): void {
    if (this.nodes[at]) return
    this.#starts += 1
    this.nodes[at] = new ServiceNode({
      name: `node${at}-${this.#starts}`,
      time: this.time,
      totals: this.totals,
      store: this.database.connect(),
      bus: this.bus?.connect() ?? new MemoryBus(),
      signalBus: new MemorySignalBus({ nodes: this.#signalBuses }),
      onErrorLogged: (line) => this.say(`internal: the service logged ${line}`),
    })
  }

  /** The process is gone. A database of its own goes with it, and comes back as a new start of it. */
  crash(at: number): void {
    const node = this.nodes[at]
    if (!node) return
    this.nodes[at] = undefined
    node.crash(this.random)
    if (!this.database.isShared) this.database.restart()
  }

  /** Some node that runs. */
  someNode(pick: number): ServiceNode | undefined {
    const running = this.nodes.filter((node) => node?.isTaking)
    return running[Math.floor(pick * running.length)]
  }

  get links(): readonly Link[] {
    this.#links = this.#links.filter((link) => !link.isOver)
    return this.#links
  }

  /** Makes `team` with everybody in it. */
  async begin(): Promise<void> {
    const members = TEAM.map((id) => ({
      user: userOf(id),
      role: id === 'ada' ? ('owner' as const) : ('member' as const),
    }))
    const made = this.someNode(0)?.rooms.upsert({ roomId: 'team', kind: 'private', name: 'Team', members })
    made?.catch(() => {})
    await this.time.pass(500)
  }

  #connect(handlers: TransportHandlers): Link {
    const link = new Link(this.time, this.#stream(`link ${this.#ids++}`), handlers)
    this.#links.push(link)
    this.time.after(2, () => {
      const node = this.someNode(this.random())
      if (node) node.accept(link)
      else link.refuse()
    })
    return link
  }

  /** Each part has numbers of its own, so that leaving out one action changes as little as possible of the rest. */
  #stream(name: string): () => number {
    let hash = this.#seed
    for (const char of name) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0
    return createRandom(hash)
  }
}

export function userOf(id: string): User {
  return { id, name: id, picture: null }
}
