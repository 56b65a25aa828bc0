/** Everything that the service sends: a frame is an array of replies, events, signals and pushes; the empty one is a heartbeat. */
import type { DrainingPush, RoomClosedPush, RoomOpenedPush, RoomRangePush } from './connect.ts'
import type { WireError } from './errors.ts'
import type { MemberEvent } from './members.ts'
import type { MessageEvent } from './messages.ts'
import type { PresenceSignal } from './presence.ts'
import type { RoomEvent } from './rooms.ts'
import type { TypingSignal } from './typing.ts'
import type { CommandType, ResultOf } from './up.ts'

/** The end of a command: `ok` or `error`, never both. */
export type Reply<T extends CommandType = CommandType> =
  | { ref: number; ok: ResultOf<T> }
  | { ref: number; error: WireError }

/** A durable change of a room, with its seq. */
export type Event = RoomEvent | MemberEvent | MessageEvent

/** A fact that needs not survive: it may be left out, and the next one of its kind replaces it. */
export type Signal = TypingSignal | PresenceSignal

/** What the service says by itself and that isn't one numbered change. */
export type Push = RoomOpenedPush | RoomClosedPush | RoomRangePush | DrainingPush

/** An error that belongs to no command, such as a frame that can't be parsed. */
export interface ErrorPush {
  type: 'error'
  error: WireError
}

export type DownItem = Reply | Event | Signal | Push | ErrorPush

export type DownFrame = DownItem[]
