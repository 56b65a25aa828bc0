/**
 * Simulates the storm after a regional outage: every socket dies at once, nothing answers for a while, and then all clients
 * come back by the backoff of the real client to nodes that remember nothing.
 */
import { LONGEST_WAIT_MS, pickWait } from '../../packages/client/src/backoff.ts'
import { WELCOME_TIMEOUT_MS } from '../../packages/client/src/socket.ts'
import { Calendar } from './calendar.ts'
import type { Constants } from './constants.ts'
import { gatePerSecond } from './plan.ts'
import { listRooms, type Profile } from './profiles.ts'
import { type ReadsSeen, StormReads } from './storm-reads.ts'

export function simulateStorm(storm: Storm, constants: Constants, random: () => number): StormSeen {
  const { clients, nodes, databaseCores, outageMs, hasJitter, hasGate, remembers } = storm
  const jitter = hasJitter ? random : () => 1
  const seats = seat(storm, random)
  const { postgresReadMs: readMs, postgresReadUs: readUs } = constants
  const reads = new StormReads({ nodes, remembers, cores: databaseCores, readMs, readUs, roomSizes: seats.roomSizes })
  const gates = Array.from({ length: nodes }, () => new Gate(gatePerSecond(constants)))
  const freeAt = new Float64Array(nodes)
  const failures = new Uint8Array(clients)
  /** The node that welcomed each, from 1. */
  const welcomedBy = new Uint16Array(clients)
  const perSecond = { tries: new Counts(), welcomes: new Counts() }
  const seen = { back: 0, refused: 0, gaveUp: 0, longestQueueMs: 0 }
  let [welcomedMs, liveMs] = [0, 0]
  const calendar = new Calendar(clients, outageMs + PATIENCE_MS)
  const pickWay = (): number => LEAST_WAY_MS + random() * WAY_SPREAD_MS
  const fail = (client: number, atMs: number): void => {
    const before = failures[client] ?? 0
    failures[client] = Math.min(255, before + 1)
    calendar.add(client, atMs + pickWait(before, jitter) + pickWay())
  }

  for (let client = 0; client < clients; client++) fail(client, 0)
  const openRooms = (client: number, node: number, atMs: number): void => {
    for (const room of seats.of(client)) liveMs = Math.max(liveMs, reads.open(room, node, atMs))
    seen.back++
  }
  const knock = (client: number, atMs: number): void => {
    perSecond.tries.add(atMs)
    const node = Math.floor(random() * nodes)
    const startMs = Math.max(atMs, freeAt[node] ?? 0)
    const isLetIn = !hasGate || gates[node]?.take(startMs) === true
    const doneMs = startMs + (isLetIn ? constants.connectUs : constants.refusalUs) / 1_000
    freeAt[node] = doneMs
    seen.longestQueueMs = Math.max(seen.longestQueueMs, doneMs - atMs)
    if (doneMs - atMs > WELCOME_TIMEOUT_MS) {
      // The node does the work all the same: it learns of the closed socket only when it gets there.
      seen.gaveUp++
      fail(client, atMs + WELCOME_TIMEOUT_MS)
    } else if (isLetIn) {
      welcomedMs = Math.max(welcomedMs, doneMs)
      perSecond.welcomes.add(doneMs)
      welcomedBy[client] = node + 1
      calendar.add(client, doneMs)
    } else {
      seen.refused++
      fail(client, doneMs)
    }
  }
  calendar.run((client, atMs) => {
    const node = (welcomedBy[client] ?? 0) - 1
    if (node >= 0) openRooms(client, node, atMs)
    else if (atMs < outageMs) fail(client, atMs)
    else knock(client, atMs)
  })
  return {
    ...seen,
    secondsToWelcome: (welcomedMs - outageMs) / 1_000,
    secondsToLive: (liveMs - outageMs) / 1_000,
    peakTries: perSecond.tries.most,
    peakWelcomes: perSecond.welcomes.most,
    ...reads.totals(),
  }
}

/** The rooms of each client: as many as the profile says, each any of its kind. */
function seat({ profile, clients }: Storm, random: () => number): Seats {
  const kinds = listRooms(profile, clients)
  const roomSizes = Uint32Array.from(kinds.flatMap(({ count, connections }) => Array<number>(count).fill(connections)))
  const firsts = kinds.map((_, at) => kinds.slice(0, at).reduce((sum, { count }) => sum + count, 0))
  const each = profile.roomsPerConnection
  const rooms = Int32Array.from({ length: clients * each }, () => {
    let left = random()
    const found = profile.kinds.findIndex(({ share }) => {
      left -= share
      return left < 0
    })
    const kind = Math.max(0, found)
    return (firsts[kind] ?? 0) + Math.floor(random() * (kinds[kind]?.count ?? 1))
  })
  return { roomSizes, of: (client) => rooms.subarray(client * each, (client + 1) * each) }
}

/** Gate lets in so many a second, and a quarter of a second's worth at once. */
class Gate {
  #tokens: number
  #atMs = 0
  readonly #perMs: number
  readonly #burst: number

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000
    this.#burst = perSecond / 4
    this.#tokens = this.#burst
  }

  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs)
    this.#atMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

/** Counts by the second. */
class Counts {
  readonly #bySecond: number[] = []

  add(atMs: number): void {
    const second = Math.floor(atMs / 1_000)
    this.#bySecond[second] = (this.#bySecond[second] ?? 0) + 1
  }

  get most(): number {
    return this.#bySecond.reduce((most, count) => Math.max(most, count ?? 0), 0)
  }
}

/** From a client to the service and back. */
const LEAST_WAY_MS = 20
const WAY_SPREAD_MS = 80

/** Who isn't back by then counts as lost: twenty of the longest waits. */
const PATIENCE_MS = 20 * LONGEST_WAIT_MS

// --- types ---

export interface Storm {
  profile: Profile
  clients: number
  nodes: number
  databaseCores: number
  /** From the moment when all sockets die. */
  outageMs: number
  /** The client's backoff as it is; without, each waits as long as it may. */
  hasJitter: boolean
  /** Nodes refuse at the upgrade whom they can't welcome soon. */
  hasGate: boolean
  /** Nodes answer from what they remember, after a check of heads that all who came meanwhile share. */
  remembers: boolean
}

export interface StormSeen extends ReadsSeen {
  back: number
  refused: number
  /** Tries that the client gave up, because no welcome came in time. */
  gaveUp: number
  /** After the end of the outage, until the last one is welcomed, and until the last one has their rooms. */
  secondsToWelcome: number
  secondsToLive: number
  longestQueueMs: number
  /** In the busiest second, on all nodes. */
  peakTries: number
  peakWelcomes: number
}

interface Seats {
  roomSizes: Uint32Array
  /** The rooms of a client. */
  of(client: number): Int32Array
}
