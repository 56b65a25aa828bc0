/** Dispatch takes each command to its feature: one exhaustive switch. */
import type { CommandType, ResultOf } from '@parlor/protocol'
import type { ConnectedCaller } from '../features/caller.ts'
import type { createMemberCommands } from '../features/members/commands.ts'
import type { createMessageCommands } from '../features/messages/commands.ts'
import type { createPresenceCommands } from '../features/presence/commands.ts'
import type { createReactionCommands } from '../features/reactions/commands.ts'
import type { createRoomCommands } from '../features/rooms/commands.ts'
import type { createTypingCommands } from '../features/typing/commands.ts'
import type { SignedInFrame } from './connection-context.ts'
import { ReadSlots } from './read-slots.ts'

export function createDispatch({ rooms, members, messages, reactions, typing, presence, now }: Commands): Dispatch {
  const reads = new ReadSlots(READS_PER_USER)
  return async (caller, frame, reply) => {
    switch (frame.type) {
      case 'ping':
        return reply({ serverTime: now() })
      case 'room.open':
        // Replies by itself: the rows must stand in the queue before the first live event.
        return rooms.open(caller, frame, reply)
      case 'room.close':
        return reply(rooms.close(caller, frame))
      case 'room.join':
        return reply(await rooms.join(caller, frame))
      case 'room.leave':
        return reply(await rooms.leave(caller, frame))
      case 'room.list':
        return reply(await reads.run(caller.user.id, () => rooms.list(caller)))
      case 'member.add':
        return reply(await members.add(caller, frame))
      case 'member.remove':
        return reply(await members.remove(caller, frame))
      case 'member.update':
        return reply(await members.update(caller, frame))
      case 'member.list':
        return reply(await reads.run(caller.user.id, () => members.list(caller, frame)))
      case 'message.send':
        return reply(await messages.send(caller, frame))
      case 'message.edit':
        return reply(await messages.edit(caller, frame))
      case 'message.delete':
        return reply(await messages.delete(caller, frame))
      case 'message.cancel':
        return reply(await messages.cancel(caller, frame))
      case 'message.list':
        return reply(await reads.run(caller.user.id, () => messages.list(caller, frame)))
      case 'message.react':
        return reply(await reactions.react(caller, frame))
      case 'typing.set':
        return reply(typing.set(caller, frame))
      case 'presence.set':
        return reply(presence.set(caller, frame))
      case 'presence.watch':
        return reply(presence.watch(caller, frame))
      default:
        return unreachable(frame)
    }
  }
}

/** A client of ours has one under way for each room on the screen; a page may weigh over a megabyte. */
const READS_PER_USER = 4

function unreachable(frame: never): never {
  throw new Error(`No case for ${(frame as { type: string }).type}`)
}

// --- types ---

/** Runs a command and replies. Rejects with the error to be replied. */
export type Dispatch = (
  caller: ConnectedCaller,
  frame: SignedInFrame,
  reply: (result: ResultOf<CommandType>) => void,
) => Promise<void>

interface Commands {
  rooms: ReturnType<typeof createRoomCommands>
  members: ReturnType<typeof createMemberCommands>
  messages: ReturnType<typeof createMessageCommands>
  reactions: ReturnType<typeof createReactionCommands>
  typing: ReturnType<typeof createTypingCommands>
  presence: ReturnType<typeof createPresenceCommands>
  now: () => number
}
