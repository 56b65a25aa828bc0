/**
 * Simulates the tree of fan-out: people on any node, rooms of random people, messages one by one at random times; and counts
 * what each node and each Redis shard has to do. It knows nothing of the formulas in fan-out.ts, which it checks.
 */
import type { Constants } from './constants.ts'
import type { Plan } from './plan.ts'
import { listRooms } from './profiles.ts'

export function simulateFanOut(plan: Plan, constants: Constants, random: () => number): FanOutSeen {
  const world = settle(plan, random)
  const rates = world.kinds.map(({ rooms, messagesPerSecond }) => rooms * messagesPerSecond)
  const total = rates.reduce((sum, rate) => sum + rate, 0)
  const nodes = new Meter(plan.nodes)
  const shards = new Meter(plan.redisShards)
  let [messages, deliveries, receives] = [0, 0, 0]
  for (let at = nextAfter(0, total, random); at < SECONDS; at = nextAfter(at, total, random)) {
    const kind = world.kinds[pickByWeight(rates, random() * total)] as Kind
    const room = kind.firstRoom + Math.floor(random() * kind.rooms)
    const [from, to] = [world.roomStart[room] ?? 0, world.roomStart[room + 1] ?? 0]
    const second = Math.floor(at)
    let redisUs = constants.redisPublishUs
    for (let place = from; place < to; place++) {
      const sockets = world.sockets[place] ?? 0
      nodes.add(second, world.nodes[place] ?? 0, constants.receiveUs + sockets * constants.writeUs)
      redisUs += constants.redisReceiverUs
      deliveries += sockets
    }
    // Its sender is one of them.
    const sender = world.nodes[from + Math.floor(random() * (to - from))] ?? 0
    nodes.add(second, sender, constants.messageUs + constants.publishUs)
    shards.add(second, shardOf(room, plan.redisShards), redisUs)
    messages++
    receives += to - from
  }
  return {
    messagesPerSecond: messages / SECONDS,
    deliveriesPerSecond: deliveries / SECONDS,
    receivesPerMessage: receives / messages,
    placesOnNodes: world.nodes.length,
    nodeCores: nodes.meanOfAll(SECONDS) / 1e6,
    redisCores: shards.meanOfAll(SECONDS) / 1e6,
    busiestNode: nodes.peak / 1e6,
    busiestShard: shards.peak / 1e6,
  }
}

/** Everybody on any node, and every room with random people: for each room, the nodes that follow it and the sockets there. */
function settle(plan: Plan, random: () => number): World {
  const nodeOf = Uint16Array.from({ length: plan.connections }, () => Math.floor(random() * plan.nodes))
  const roomStart = [0]
  const nodes: number[] = []
  const sockets: number[] = []
  const kinds: Kind[] = []
  const placeOf = new Int32Array(plan.nodes).fill(-1)
  for (const { count, connections, messagesPerSecond } of listRooms(plan.profile, plan.connections)) {
    kinds.push({ firstRoom: roomStart.length - 1, rooms: count, messagesPerSecond })
    for (let room = 0; room < count; room++) {
      const first = nodes.length
      for (let seat = 0; seat < connections; seat++) {
        const node = nodeOf[Math.floor(random() * plan.connections)] ?? 0
        const place = placeOf[node] ?? -1
        if (place >= first) sockets[place] = (sockets[place] ?? 0) + 1
        else {
          placeOf[node] = nodes.length
          nodes.push(node)
          sockets.push(1)
        }
      }
      roomStart.push(nodes.length)
    }
  }
  return { kinds, roomStart, nodes, sockets }
}

/** What each of many did in the current second, and the most that one did in any. */
class Meter {
  peak = 0
  #sum = 0
  #second = 0
  readonly #now: Float64Array

  constructor(count: number) {
    this.#now = new Float64Array(count)
  }

  add(second: number, which: number, us: number): void {
    if (second !== this.#second) {
      this.#now.fill(0)
      this.#second = second
    }
    const now = (this.#now[which] ?? 0) + us
    this.#now[which] = now
    this.#sum += us
    if (now > this.peak) this.peak = now
  }

  meanOfAll(seconds: number): number {
    return this.#sum / seconds
  }
}

function pickByWeight(rates: readonly number[], at: number): number {
  let left = at
  for (const [kind, rate] of rates.entries()) {
    left -= rate
    if (left < 0) return kind
  }
  return rates.length - 1
}

function nextAfter(at: number, perSecond: number, random: () => number): number {
  return at - Math.log(1 - random()) / perSecond
}

/** As a cluster does: a hash of the channel picks one of 16,384 slots, and each shard has a stretch of them. */
function shardOf(room: number, shards: number): number {
  const mixed = Math.imul(room ^ (room >>> 16), 0x45d9f3b)
  const slot = ((mixed ^ (mixed >>> 16)) >>> 0) % SLOTS
  return Math.floor((slot * shards) / SLOTS)
}

const SLOTS = 16_384

/** Long enough for the means, and for a second in which a node is unlucky. */
const SECONDS = 20

// --- types ---

export interface FanOutSeen {
  messagesPerSecond: number
  deliveriesPerSecond: number
  receivesPerMessage: number
  placesOnNodes: number
  /** Cores that messages took on all nodes: not connects and heartbeats. */
  nodeCores: number
  redisCores: number
  /** The most that one node, or one shard, had to do in one second, in cores. */
  busiestNode: number
  busiestShard: number
}

interface World {
  kinds: readonly Kind[]
  /** Where the nodes of each room begin in the next two lists. */
  roomStart: readonly number[]
  nodes: readonly number[]
  sockets: readonly number[]
}

interface Kind {
  firstRoom: number
  rooms: number
  messagesPerSecond: number
}
