/** ConnectionContext is what every connection shares: the settings, the way to the features, the books. */
import type { RoomOpened, UpFrame, Welcome } from '@parlor/protocol'
import type { Logger } from 'pino'
import type { Identity } from '../auth/identity.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Flusher } from '../delivery/flusher.ts'
import type { ConnectedCaller } from '../features/caller.ts'
import type { RoomToOpen } from '../features/rooms/rooms.ts'
import type { Metrics } from '../metrics.ts'
import type { Connection } from './connection.ts'
import type { Dispatch } from './dispatch.ts'

export interface ConnectionContext {
  config: Config
  clock: Clock
  flusher: Flusher
  log: Logger
  metrics: Pick<Metrics, 'countCommand' | 'countClose'>
  dispatch: Dispatch
  welcomeLimits: Welcome['limits']
  /** Who a token names. Refuses with the reason, and `session_revoked`. */
  authenticate(token: string): Promise<Identity>
  isRevoked(sid: string | undefined): boolean
  /** Counts a connection as its user's. Refuses `too_many_connections`. */
  admit(connection: Connection, identity: Identity): void
  openRoom(caller: ConnectedCaller, room: RoomToOpen, deliver: (opened: RoomOpened) => void): Promise<void>
  leaveRooms(caller: ConnectedCaller): void
  onClosed(connection: Connection, code: number): void
}

/** A command that a signed-in connection may send. */
export type SignedInFrame = Exclude<UpFrame, { type: 'hello' | 'session.refresh' }>
