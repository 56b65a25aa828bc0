/** Why a room is closed on a connection, from the error that kept it from being read. */
import { ChatError, type RoomClosedPush } from '@parlor/protocol'

export function closedReasonOf(error: unknown): RoomClosedPush['reason'] {
  const code = error instanceof ChatError ? error.code : 'internal'
  if (code === 'removed') return 'removed'
  return code === 'room_not_found' || code === 'too_many_rooms' ? 'not_found' : 'unavailable'
}
