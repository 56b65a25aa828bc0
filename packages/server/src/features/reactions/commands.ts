/** The reaction command: wire to domain and back, nothing else. */
import type { CommandOf, ResultOf } from '@parlor/protocol'
import type { Caller } from '../caller.ts'
import type { Reactions } from './reactions.ts'

export function createReactionCommands(reactions: Reactions) {
  return {
    react: (caller: Caller, command: CommandOf<'message.react'>): Promise<ResultOf<'message.react'>> =>
      reactions.set(caller, command),
  }
}
