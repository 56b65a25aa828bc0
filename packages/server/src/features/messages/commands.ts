/** The message commands: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf } from '@parlor/protocol'
import type { Caller } from '../caller.ts'
import type { Messages } from './messages.ts'

export function createMessageCommands(messages: Messages) {
  return {
    send: (caller: Caller, command: CommandOf<'message.send'>): Promise<ResultOf<'message.send'>> =>
      messages.send(caller, command),
    edit: (caller: Caller, command: CommandOf<'message.edit'>): Promise<ResultOf<'message.edit'>> =>
      messages.edit(caller, command),
    delete: (caller: Caller, command: CommandOf<'message.delete'>): Promise<ResultOf<'message.delete'>> =>
      messages.delete(caller, command.roomId, command.id),
    cancel: (caller: Caller, command: CommandOf<'message.cancel'>): Promise<ResultOf<'message.cancel'>> =>
      messages.cancel(caller, command.roomId, command.id),
    list: (caller: Caller, command: CommandOf<'message.list'>): Promise<ResultOf<'message.list'>> =>
      messages.list(caller, command),
  }
}
