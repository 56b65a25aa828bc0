/** Every command that a client can send, and the result of each. */
import type { HelloCommand, PingCommand, Pong, SessionRefreshCommand, SessionRefreshed, Welcome } from './connect.ts'
import type {
  MemberAddCommand,
  MemberListCommand,
  MemberListResult,
  MemberRemoveCommand,
  MemberResult,
  MemberUpdateCommand,
} from './members.ts'
import type {
  MessageCancelCommand,
  MessageCancelResult,
  MessageChangeResult,
  MessageDeleteCommand,
  MessageEditCommand,
  MessageListCommand,
  MessageListResult,
  MessageSendCommand,
  MessageSendResult,
} from './messages.ts'
import type { PresenceSetCommand, PresenceWatchCommand } from './presence.ts'
import type { MessageReactCommand } from './reactions.ts'
import type {
  RoomCloseCommand,
  RoomJoinCommand,
  RoomJoinResult,
  RoomLeaveCommand,
  RoomLeaveResult,
  RoomListCommand,
  RoomListResult,
  RoomOpenCommand,
  RoomOpenResult,
} from './rooms.ts'
import type { TypingSetCommand } from './typing.ts'

/** A command and its result. Adding a command starts here; the compiler names every other place. */
interface Commands {
  hello: [HelloCommand, Welcome]
  'session.refresh': [SessionRefreshCommand, SessionRefreshed]
  ping: [PingCommand, Pong]
  'room.open': [RoomOpenCommand, RoomOpenResult]
  'room.close': [RoomCloseCommand, Record<string, never>]
  'room.join': [RoomJoinCommand, RoomJoinResult]
  'room.leave': [RoomLeaveCommand, RoomLeaveResult]
  'room.list': [RoomListCommand, RoomListResult]
  'member.add': [MemberAddCommand, MemberResult]
  'member.remove': [MemberRemoveCommand, MemberResult]
  'member.update': [MemberUpdateCommand, MemberResult]
  'member.list': [MemberListCommand, MemberListResult]
  'message.send': [MessageSendCommand, MessageSendResult]
  'message.edit': [MessageEditCommand, MessageChangeResult]
  'message.delete': [MessageDeleteCommand, MessageChangeResult]
  'message.cancel': [MessageCancelCommand, MessageCancelResult]
  'message.list': [MessageListCommand, MessageListResult]
  'message.react': [MessageReactCommand, MessageChangeResult]
  'typing.set': [TypingSetCommand, Record<string, never>]
  'presence.set': [PresenceSetCommand, Record<string, never>]
  'presence.watch': [PresenceWatchCommand, Record<string, never>]
}

export type CommandType = keyof Commands

/** The command of a type: `CommandOf<'message.send'>`. */
export type CommandOf<T extends CommandType> = Commands[T][0]

/** What the command of a type answers. */
export type ResultOf<T extends CommandType> = Commands[T][1]

/** Any command. */
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]

/** A client frame: one command, and the number by which its reply will be known. */
export type UpFrame = Command & { ref: number }
