/** What the service's HTTP routes take and give: the page's first HTML, the app's server, and the pre-flight check. */
import type { ErrorCode } from './errors.ts'
import type { JsonObject, MemberRow, MessageRow, Role, RoomKind, RoomRow, User } from './rows.ts'

/** `GET /v1/rooms/:roomId/snapshot`, chat token: a room as one reader sees it, enough to render and to go on from. */
export interface Snapshot {
  roomId: string
  epoch: string
  head: number
  user: User
  room: RoomRow
  me: MemberRow | null
  /** Oldest first. */
  messages: MessageRow[]
  hasOlder: boolean
  members: MemberRow[]
  membersComplete: boolean
}

/** `GET /v1/check`, no token, any origin: why a browser's upgrade was refused. Tells nothing secret. */
export interface CheckResult {
  ok: boolean
  /** The service's clock, ms since 1970. */
  serverTime: number
  protocols: string[]
  /** Why a page of this origin can't connect now. */
  code?: ErrorCode | 'draining'
  /** The line to add, or what to do. */
  hint?: string
}

/** `PUT /v1/rooms/:roomId`, server token: makes the room or brings it to this state; members not named stay. */
export interface RoomUpsertBody {
  kind?: RoomKind
  name?: string | null
  members?: { id: string; name?: string | null; picture?: string | null; role?: Role }[]
}

/** The answer to every change through HTTP. */
export interface RoomUpsertResult {
  room: RoomRow
  head: number
}

/** `PUT /v1/rooms/:roomId/members/:userId`, server token. */
export interface MemberPutBody {
  name?: string | null
  picture?: string | null
  role?: Role
}

/** `POST /v1/rooms/:roomId/messages`, server token: sent as `user`, under an id that makes a retry safe. */
export interface MessagePostBody {
  id?: string
  user: { id: string; name?: string | null; picture?: string | null }
  text: string
  data?: JsonObject
}

/** `POST /v1/sessions/revoke`, server token: closes every connection of a sign-in, within a second. */
export interface RevokeBody {
  sid: string
}
