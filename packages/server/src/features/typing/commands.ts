/** The typing command: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf } from '@parlor/protocol'
import type { ConnectedCaller } from '../caller.ts'
import type { Typing } from './typing.ts'

export function createTypingCommands(typing: Typing) {
  return {
    set: (caller: ConnectedCaller, command: CommandOf<'typing.set'>): ResultOf<'typing.set'> => {
      typing.set(caller, command.roomId, command.on)
      return {}
    },
  }
}
