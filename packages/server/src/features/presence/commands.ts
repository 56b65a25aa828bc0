/** The presence commands: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf } from '@parlor/protocol'
import type { ConnectedCaller } from '../caller.ts'
import type { Presence } from './presence.ts'

export function createPresenceCommands(presence: Presence) {
  return {
    set: (caller: ConnectedCaller, command: CommandOf<'presence.set'>): ResultOf<'presence.set'> => {
      presence.set(caller, command.state)
      return {}
    },
    watch: (caller: ConnectedCaller, command: CommandOf<'presence.watch'>): ResultOf<'presence.watch'> => {
      presence.watch(caller, command.roomId, command.on)
      return {}
    },
  }
}
