/** The room commands: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf, RoomOpened } from '@parlor/protocol'
import type { Caller, ConnectedCaller } from '../caller.ts'
import type { Rooms } from './rooms.ts'

export function createRoomCommands(rooms: Rooms) {
  return {
    open: (
      caller: ConnectedCaller,
      command: CommandOf<'room.open'>,
      deliver: (opened: RoomOpened) => void,
    ): Promise<void> => rooms.open(caller, command, deliver),
    close: (caller: ConnectedCaller, command: CommandOf<'room.close'>): ResultOf<'room.close'> => {
      rooms.close(caller, command.roomId)
      return {}
    },
    join: (caller: Caller, command: CommandOf<'room.join'>): Promise<ResultOf<'room.join'>> =>
      rooms.join(caller, command.roomId),
    leave: (caller: Caller, command: CommandOf<'room.leave'>): Promise<ResultOf<'room.leave'>> =>
      rooms.leave(caller, command.roomId),
    list: async (caller: Caller): Promise<ResultOf<'room.list'>> => ({ rooms: await rooms.list(caller) }),
  }
}
