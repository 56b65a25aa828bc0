/** Why a room is closed on a connection, from the error that kept it from being read. */
import { ChatError, type RoomClosedPush } from '@parlor/protocol'

/** The connection closed the room while it was being read, or opened it again: the later command answers for it. */
export class Overtaken extends ChatError {
  constructor() {
    super('room_not_found')
  }
}

/** Undefined: there is nothing to close. */
export function closedReasonOf(error: unknown): RoomClosedPush['reason'] | undefined {
  if (error instanceof Overtaken) return undefined
  const code = error instanceof ChatError ? error.code : 'internal'
  if (code === 'removed') return 'removed'
  return code === 'room_not_found' || code === 'too_many_rooms' ? 'not_found' : 'unavailable'
}
