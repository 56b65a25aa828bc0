/** @parlor/next: the token route, what a page shows first, and sign-outs that reach the chat. */
export type {
  AuthOptionsLike,
  Person,
  SessionAdapter,
  SessionDecode,
  SessionOptions,
} from './session.ts'
export type { SessionClaims } from './session-cookie.ts'
export type { Secret } from './settings.ts'
export { type ChatReadOptions, getChatRooms, getChatSnapshot, type SnapshotOptions } from './snapshot.ts'
export { createTokenRoute, type TokenRoute, type TokenRouteOptions } from './token-route.ts'
export { type WithParlorOptions, withParlor } from './with-parlor.ts'
