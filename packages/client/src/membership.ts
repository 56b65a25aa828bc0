/** Membership: joining and leaving, and what owners and moderators do to members. Nothing of it is shown before it is true. */
import type { Command, ResultOf } from '@parlor/protocol'
import { defer } from './deferred.ts'
import type { ChatError } from './errors.ts'
import { PATIENCE_MS, type Patience } from './patience.ts'
import type { Room } from './types.ts'

export type Membership = Pick<Room, 'join' | 'leave' | 'addMember' | 'removeMember' | 'updateMember'>

export function createMembership(deps: MembershipDeps): Membership {
  const { roomId, patience } = deps

  /** Asking twice is no change, so an unknown outcome is simply asked again. */
  const ask = <C extends Command>(command: C): Promise<ResultOf<C['type']>> => {
    const { promise, resolve, reject } = defer<ResultOf<C['type']>>()
    const ok = (result: ResultOf<C['type']>): void => {
      deps.onStored()
      if (command.type === 'room.join') deps.onJoined()
      resolve(result)
    }
    const error = (why: ChatError): void => {
      deps.onFailed(why)
      reject(why)
    }
    patience.ask(() => command, { ok, error }, PATIENCE_MS)
    return promise
  }

  return {
    join: () => ask({ type: 'room.join', roomId }),
    leave: () => ask({ type: 'room.leave', roomId }).then(() => {}),
    addMember: (userId, role) => ask({ type: 'member.add', roomId, userId, ...(role && { role }) }),
    removeMember: (userId) => ask({ type: 'member.remove', roomId, userId }),
    updateMember: (userId, role) => ask({ type: 'member.update', roomId, userId, role }),
  }
}

// --- types ---

export interface MembershipDeps {
  roomId: string
  patience: Patience
  /** Who was removed may read again. */
  onJoined(): void
  onStored(): void
  onFailed(error: ChatError): void
}
