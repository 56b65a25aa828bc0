/** The member commands: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf } from '@parlor/protocol'
import type { Caller } from '../caller.ts'
import type { Members } from './members.ts'

export function createMemberCommands(members: Members) {
  return {
    /** The service doesn't know the name of somebody who hasn't been here: it comes with their first own action. */
    add: (caller: Caller, command: CommandOf<'member.add'>): Promise<ResultOf<'member.add'>> =>
      members.add(caller, command.roomId, { id: command.userId, name: null, picture: null }, command.role),
    remove: (caller: Caller, command: CommandOf<'member.remove'>): Promise<ResultOf<'member.remove'>> =>
      members.remove(caller, command.roomId, command.userId),
    update: (caller: Caller, command: CommandOf<'member.update'>): Promise<ResultOf<'member.update'>> =>
      members.update(caller, command.roomId, command.userId, command.role),
    list: (caller: Caller, command: CommandOf<'member.list'>): Promise<ResultOf<'member.list'>> =>
      members.list(caller, command),
  }
}
