/** The load of a service: what people do to it, and the CPU that this takes on so many nodes. */
import { Pacer } from '../../packages/server/src/store/operations/pacer.ts'
import type { Constants } from './constants.ts'
import { type FanOut, sumFanOut } from './fan-out.ts'
import { listRooms, type Profile } from './profiles.ts'
import { RULES } from './rules.ts'

/** CPU is in cores that do nothing else. */
export function sumLoad({ profile, connections, constants: c }: Scene, nodes: number): Load {
  const fanOut = sumFanOut(listRooms(profile, connections), nodes, profile.watched)
  const connects = (connections * profile.connectsPerHour) / 3_600
  const commits = fanOut.messages / countGathered(fanOut.messages / nodes)
  const heartbeats = connections / RULES.heartbeatS
  const cores = (us: number) => us / 1e6
  const receiveCores = cores(fanOut.receives * c.receiveUs)
  const messageCores =
    receiveCores + cores(fanOut.messages * (c.messageUs + c.publishUs) + fanOut.deliveries * c.writeUs)
  const redisMessageCores = cores(fanOut.messages * c.redisPublishUs + fanOut.receives * c.redisReceiverUs)
  // The ping goes out, the pong comes in.
  const signalCores = cores(fanOut.signals * c.publishUs + fanOut.signalReceives * c.receiveUs)
  const standingUs = connects * c.connectUs + heartbeats * 2 * c.writeUs + fanOut.heads * c.headUs
  const standingCores = cores(standingUs)
  return {
    ...fanOut,
    commits,
    nodeCores: messageCores + standingCores + signalCores,
    messageCores,
    receiveCores,
    signalCores,
    redisCores:
      redisMessageCores + cores(fanOut.signals * c.redisPublishUs + fanOut.signalReceives * c.redisReceiverUs),
    redisMessageCores,
    postgresCores: cores(
      commits * c.postgresCommitUs +
        fanOut.messages * c.postgresMessageUs +
        fanOut.heads * c.postgresHeadUs +
        connects * profile.roomsPerConnection * c.postgresReadUs,
    ),
    // After an outage every node reads each of its rooms once at least.
    postgresStormCores: cores((fanOut.placesOnNodes * c.postgresReadUs) / RULES.backWithinS),
  }
}

/** Messages in a commit of a node with so many a second, as its own pacer gathers them. */
export function countGathered(perSecond: number): number {
  const pacer = new Pacer({ maxGatherMs: GATHER_MS })
  let [nowMs, gathered] = [0, 1]
  while (nowMs < SETTLING_MS) {
    // The next one begins with a message that is there, or comes.
    const waitMs = Math.max(pacer.waitMs(nowMs), 1_000 / perSecond)
    nowMs += waitMs
    gathered = Math.max(1, (waitMs * perSecond) / 1_000)
    pacer.start(nowMs, gathered)
  }
  return gathered
}

/** The longest wait of the stores. */
const GATHER_MS = 10
/** The pacer has taken its samples by then. */
const SETTLING_MS = 300

// --- types ---

export interface Scene {
  profile: Profile
  connections: number
  constants: Constants
}

export interface Load extends FanOut {
  /** Of PostgreSQL, a second. */
  commits: number
  nodeCores: number
  /** Of `nodeCores`: what messages take; the others are presence, heartbeats, connections that come and checks of heads. */
  messageCores: number
  /** Of `messageCores`: what receiving from the bus takes. */
  receiveCores: number
  /** Of `nodeCores`: what nodes tell each other of who is there. */
  signalCores: number
  redisCores: number
  /** Of `redisCores`. */
  redisMessageCores: number
  postgresCores: number
  /** While everybody comes back within the time that the rules give them. */
  postgresStormCores: number
}
