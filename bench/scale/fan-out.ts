/** Fan-out: how far a message spreads where a load balancer puts connections on any node, without stickiness. */
import { ACTIVE_MS, HEADS_CHECK_MS, QUIET_MS } from '../../packages/server/src/delivery/feeds.ts'
import { ASKED_FOR_MS } from '../../packages/server/src/delivery/signal-bus.ts'
import type { RoomsOfAKind } from './profiles.ts'

/** How many of the nodes hold a connection of a room, on average: each connection is on any of them. */
export function countReached(nodes: number, connections: number): number {
  return nodes * (1 - (1 - 1 / nodes) ** connections)
}

/** What all rooms together ask of so many nodes, a second. `watched`: of the rooms, how many show who is there. */
export function sumFanOut(rooms: readonly RoomsOfAKind[], nodes: number, watched = 0): FanOut {
  const sum: FanOut = {
    messages: 0,
    deliveries: 0,
    receives: 0,
    placesOnNodes: 0,
    heads: 0,
    signals: 0,
    signalReceives: 0,
  }
  for (const { count, connections, messagesPerSecond } of rooms) {
    const reached = countReached(nodes, connections)
    const messages = count * messagesPerSecond
    sum.messages += messages
    sum.deliveries += messages * connections
    sum.receives += messages * reached
    sum.placesOnNodes += count * reached
    // Every node of a room says who of it is there, to all the others; where there is only one, it says it to nobody.
    const signals =
      nodes > 1 ? (count * watched * reached) / SAID_EVERY_S + (count * watched * reached) / ASKED_EVERY_S : 0
    sum.signals += signals
    sum.signalReceives += signals * (reached - 1)
    // Every node asks for the heads of its rooms, more often for those with news lately.
    const active = 1 - Math.exp(-messagesPerSecond * ACTIVE_S)
    sum.heads += count * reached * (active / CHECK_S + (1 - active) / QUIET_CHECK_S)
  }
  return sum
}

const ACTIVE_S = ACTIVE_MS / 1000
const CHECK_S = HEADS_CHECK_MS / 1000
/** With the first check that finds it old enough. */
const QUIET_CHECK_S = Math.ceil(QUIET_MS / HEADS_CHECK_MS) * CHECK_S

/** Presence is said again before the others forget it, and asked for again in time. */
const SAID_EVERY_S = 10
const ASKED_EVERY_S = ASKED_FOR_MS / 1000

// --- types ---

export interface FanOut {
  messages: number
  deliveries: number
  /** Messages that nodes receive from the bus. */
  receives: number
  /** Pairs of a room and a node that follows it. */
  placesOnNodes: number
  /** Heads that nodes ask the store for. */
  heads: number
  /** What nodes tell each other of who is there, and what they hear of it. */
  signals: number
  signalReceives: number
}
