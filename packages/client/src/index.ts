/** @parlor/client: chat without a framework, wherever there is a global WebSocket. */
export type {
  Action,
  Event,
  JsonObject,
  MemberRow,
  PresenceState,
  PresentUser,
  Role,
  RoomKind,
  RoomRow,
  RoomSummary,
  Snapshot,
  User,
} from '@parlor/protocol'
export { createChatClient } from './chat-client.ts'
export type { Cancel, Clock } from './clock.ts'
export type { Environment, Signal } from './environment.ts'
export { ChatError, type ChatErrorDetails, CLIENT_ERRORS } from './errors.ts'
export type { Runtime } from './runtime.ts'
export type { Transport, TransportHandlers, TransportSocket } from './transport.ts'
export type * from './types.ts'
