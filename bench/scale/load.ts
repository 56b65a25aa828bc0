/** The load of a service: what people do to it, and the CPU that this takes on so many nodes. */
import type { Constants } from './constants.ts'
import { type FanOut, sumFanOut } from './fan-out.ts'
import { listRooms, type Profile } from './profiles.ts'
import { RULES } from './rules.ts'

/** CPU is in cores that do nothing else. */
export function sumLoad({ profile, connections, constants: c }: Scene, nodes: number): Load {
  const fanOut = sumFanOut(listRooms(profile, connections), nodes)
  const connects = (connections * profile.connectsPerHour) / 3_600
  const heartbeats = connections / RULES.heartbeatS
  const cores = (us: number) => us / 1e6
  const receiveCores = cores(fanOut.receives * c.receiveUs)
  const messageCores =
    receiveCores + cores(fanOut.messages * (c.messageUs + c.publishUs) + fanOut.deliveries * c.writeUs)
  // The ping goes out, the pong comes in.
  const standingUs = connects * c.connectUs + heartbeats * 2 * c.writeUs + fanOut.heads * c.headUs
  const standingCores = cores(standingUs)
  return {
    ...fanOut,
    nodeCores: messageCores + standingCores,
    messageCores,
    receiveCores,
    redisCores: cores(fanOut.messages * c.redisPublishUs + fanOut.receives * c.redisReceiverUs),
    postgresCores: cores(
      fanOut.messages * c.postgresMessageUs +
        fanOut.heads * c.postgresHeadUs +
        connects * profile.roomsPerConnection * c.postgresReadUs,
    ),
    // After an outage every node reads each of its rooms once at least.
    postgresStormCores: cores((fanOut.placesOnNodes * c.postgresReadUs) / RULES.backWithinS),
  }
}

// --- types ---

export interface Scene {
  profile: Profile
  connections: number
  constants: Constants
}

export interface Load extends FanOut {
  nodeCores: number
  /** Of `nodeCores`: what messages take; the others are heartbeats, connections that come and checks of heads. */
  messageCores: number
  /** Of `messageCores`: what receiving from the bus takes. */
  receiveCores: number
  redisCores: number
  postgresCores: number
  /** While everybody comes back within the time that the rules give them. */
  postgresStormCores: number
}
