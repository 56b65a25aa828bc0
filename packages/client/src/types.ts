/** The public types of the client: what the hooks and an app see. */
import type {
  Action,
  ErrorCode,
  Event,
  JsonObject,
  MemberResult,
  MemberRow,
  MessageSendResult,
  PresentUser,
  Reset,
  Role,
  RoomJoinResult,
  RoomRow,
  RoomSummary,
  Snapshot,
  User,
} from '@parlor/protocol'
import type { ChatError } from './errors.ts'
import type { Runtime } from './runtime.ts'

/** What `createChatClient` takes. Only `url` is required. */
export interface ChatClientOptions {
  /** The service's base address: http, https, ws or wss, with or without a path. */
  url: string
  /**
   * The app's token route; asked with POST and the page's cookies. Default `/api/chat/token`. Null: no token at all,
   * for a service of the same site that reads the session cookie itself.
   */
  tokenUrl?: string | null
  /** Gives a token instead of `tokenUrl`. Null means signed out; a throw is retried until the old token expires. */
  getToken?: () => TokenResult | Promise<TokenResult>
  /**
   * Who is signed in. A token that names somebody else is refused (`user_changed`). Undefined: whoever the token
   * names. Null: signed out, so the client never connects, and what is kept on the device is deleted a moment after it
   * was asked to (a page may know only then who is signed in).
   */
  userId?: string | null
  /** Messages in the first page of a room and in each page of history; 1 to 100, default 50. */
  pageSize?: number
  /**
   * Whether unsent messages and the last pages of each room are kept on this device, for the same user only. Default
   * true; false keeps nothing.
   */
  offline?: boolean
  /**
   * Whether the tabs of one person in a browser share one connection. Default true. A tab that knows of no other, or
   * whose user isn't known before the service names them, has a connection of its own all the same.
   */
  shareConnection?: boolean
  /** Replaces the clock, the network, the randomness and the page's signals; for tests and simulations. */
  runtime?: Partial<Runtime>
}

/** `expiresAt` in ms since 1970, where it is known. */
export type TokenResult = string | { token: string; expiresAt?: number } | null

/**
 * `idle`: not asked to connect. `connecting`: getting a token or opening the socket. `catching-up`: signed in, reading
 * what was missed. `live`: everything is here, as it happens. `offline`: no connection now; it tries again by itself.
 * `expired`: the token ran out; a new one is being fetched. `denied`: it will not try again by itself; `error` says why.
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'catching-up' | 'live' | 'offline' | 'expired' | 'denied'

/** The state of the connection. Immutable; the same object until something changes. */
export interface ConnectionSnapshot {
  readonly status: ConnectionStatus
  readonly error: ChatError | null
  /** Null until the service has said who the token names. */
  readonly user: User | null
  /** When the next try begins by itself, in ms of the client's clock; null when none is planned. */
  readonly retryAt: number | null
}

/** A chat connection and the rooms on it. Nothing connects before `connect()`, the first `room.open()` or a send. */
export interface ChatClient {
  connect(): void
  /** Closes the socket and stays idle; rooms, rows and the outbox are kept for the next `connect()`. */
  disconnect(): void
  /** Tries again at once: after `denied`, or instead of waiting while `offline`. */
  retry(): void
  /**
   * Ends it for good: closes the socket, drops every room and rejects what is unfinished (`client_closed`). What is kept on
   * the device stays for the next client: `forget` deletes it.
   */
  destroy(): void
  /**
   * Deletes everything that is kept on this device, for all tabs: for a sign-out. The client goes on in memory, so
   * `destroy` it where the page stays. It works without `connect()` too, and never rejects. `exceptUserId`: somebody who
   * is signed in, and whose own stays.
   */
  forget(exceptUserId?: string): Promise<void>
  getSnapshot(): ConnectionSnapshot
  /** Calls back after each change of the snapshot; returns the function that stops it. */
  subscribe(listener: () => void): () => void
  /** The handle of a room; the same one for the same id. Opens nothing by itself. */
  room<Data extends JsonObject = JsonObject>(roomId: string, options?: RoomOptions): Room<Data>
  /** The rooms that the user is a member of, and the public rooms that exist; newest activity first. */
  listRooms(): Promise<RoomSummary[]>
}

export interface RoomOptions {
  /** The room as the server rendered it: it is shown at once, and the connection goes on from its head. */
  initial?: Snapshot | null | undefined
}

/** Failed sends and refused changes stay visible here until the next action succeeds. */
export interface RoomSnapshot<Data extends JsonObject = JsonObject> {
  readonly roomId: string
  /** The connection's status, or the room's own: `catching-up` while it is read, `denied` when it isn't open to the user. */
  readonly status: ConnectionStatus
  /** Why the room is denied, else why the connection is down, else why the last action failed. */
  readonly error: ChatError | null
  /** Who is reading; null until that is known. */
  readonly user: User | null
  readonly room: RoomRow | null
  /** The user's own member row; null for a visitor of a public room, and after leaving. */
  readonly me: MemberRow | null
  /** Members, in the order in which they joined. */
  readonly members: readonly MemberRow[]
  /** False when the room has more members than are loaded. */
  readonly membersComplete: boolean
  /** Oldest first; then what isn't stored yet, in the order in which it was sent. Unchanged messages keep their identity. */
  readonly messages: readonly Message<Data>[]
  /** The first page is still to come. */
  readonly isLoading: boolean
  readonly isLoadingOlder: boolean
  readonly isLoadingNewer: boolean
  readonly hasOlder: boolean
  /** True after a jump into history: what follows the last message is not loaded. */
  readonly hasNewer: boolean
}

/**
 * `pending`: not known to be stored. `sent`: stored, durably. `failed`: refused, see `error`; retry or discard it.
 * `deleted`: a tombstone without text.
 */
export type MessageStatus = 'pending' | 'sent' | 'failed' | 'deleted'

/** A message as it is shown. Its `id` never changes, from the first keypress to the database: a safe React key. */
export interface Message<Data extends JsonObject = JsonObject> {
  readonly id: string
  readonly roomId: string
  /** Its place in the room; absent until it is stored. */
  readonly seq?: number
  /** The room's change number of its last change; absent until it is stored. */
  readonly version?: number
  readonly user: User
  readonly text: string
  readonly data?: Data
  /** Ms since 1970: the service's clock, or this device's until the message is stored. */
  readonly createdAt: number
  readonly editedAt?: number
  readonly deletedAt?: number
  readonly deletedBy?: string
  readonly reactions: readonly MessageReaction[]
  readonly status: MessageStatus
  /** True while an edit, a reaction or a deletion of it is shown that the service has not confirmed. */
  readonly isChanging: boolean
  /** Why it failed; only with status `failed`. */
  readonly error?: ChatError
}

export interface MessageReaction {
  readonly emoji: string
  /** Who reacted, in order. */
  readonly userIds: readonly string[]
  /** Whether the reader is among them. */
  readonly mine: boolean
}

/** Something that is shown beside the messages and changes more often: subscribe to it alone. */
export interface Live<Snapshot> {
  /** Immutable; the same object until something changes. */
  getSnapshot(): Snapshot
  /** Calls back after each change of the snapshot; returns the function that stops it. */
  subscribe(listener: () => void): () => void
}

/** Who else writes in a room now. */
export interface TypingSnapshot {
  /** In the order in which they began; of many only the first few. */
  readonly typers: readonly Pick<User, 'id' | 'name'>[]
  /** All of them. */
  readonly count: number
}

/** Who is in a room now, the reader included. People, however many devices they have. */
export interface PresenceSnapshot {
  /** Those who are named, also those who are `away`: everybody, or of very many the first who came. */
  readonly online: readonly PresentUser[]
  /** All of them. */
  readonly count: number
  /** Whether everybody is named. */
  readonly isComplete: boolean
  /** What is shown may be old, or lack somebody: the connection is down, or the service doesn't know everybody now. */
  readonly isDegraded: boolean
  /** Nothing is known yet. */
  readonly isLoading: boolean
}

/** What `send` takes besides a plain text. */
export interface Draft<Data extends JsonObject = JsonObject> {
  text?: string
  data?: Data
}

/** What `edit` takes. `data: null` removes the data. */
export interface MessagePatch<Data extends JsonObject = JsonObject> {
  text?: string
  data?: Data | null
}

/** Told on every reset that wasn't the first load: rows were replaced, and changes between may never have been seen. */
export interface Gap {
  reason: Reset['reason']
  /** The last change that had been applied. */
  from: number
  /** Where the room goes on. */
  to: number
}

/**
 * A room of a client. Every function keeps its identity and can be passed around without its object. Every promise
 * rejects with a `ChatError`, and none becomes an unhandled rejection when nobody awaits it.
 */
export interface Room<Data extends JsonObject = JsonObject> {
  readonly id: string
  /** Follows the room until as many `close()` calls have come. Connects the client. */
  open(): void
  /** Takes one `open()` back. The last one closes the room a little later, so that reopening costs nothing. */
  close(): void
  /** Immutable; the same object until something changes. */
  getSnapshot(): RoomSnapshot<Data>
  /** Calls back after each change of the snapshot, once per frame of the service. Doesn't open the room. */
  subscribe(listener: () => void): () => void
  /** Each durable change that arrived live, after it was applied. What was missed comes as rows, not as events. */
  onEvent(listener: (event: Event) => void): () => void
  onGap(listener: (gap: Gap) => void): () => void

  /** Who else writes, while the room is open. */
  readonly typing: Live<TypingSnapshot>
  /** Who is there, while the room is open. The service is asked only while somebody subscribes. */
  readonly presence: Live<PresenceSnapshot>
  /** Call it with true at every keystroke, with false when what was written is gone. It ends by itself, and with `send`. */
  setTyping(on: boolean): void

  /**
   * Shows the message at once and sends it when it can. Resolves when it is stored; that may be after a reconnect.
   * Rejects when the service refused it: the row stays, as `failed`.
   */
  send(draft: string | Draft<Data>): Promise<MessageSendResult>
  /** Sends a failed message again, after everything else that waits. Its id changes if the old one can't be used. */
  retry(id: string): Promise<MessageSendResult>
  /** Drops a message that isn't known to be stored. Resolves false if it turns out that it was: then it is shown as sent. */
  discard(id: string): Promise<boolean>
  /** Shown at once, taken back if refused. */
  edit(id: string, patch: string | MessagePatch<Data>): Promise<void>
  /** Deletes a message for everybody; one that was never stored is discarded. Shown at once, taken back if refused. */
  remove(id: string): Promise<void>
  /** Sets (`on`) or clears one's reaction; without `on`, the other of the two. Shown at once, taken back if refused. */
  react(id: string, emoji: string, on?: boolean): Promise<void>

  /** Loads the page before the oldest message; does nothing without one. */
  loadOlder(): Promise<void>
  /** Loads the page after the newest message; does nothing without one. */
  loadNewer(): Promise<void>
  /** Shows the page around a message, unless it is loaded already. */
  jumpTo(id: string): Promise<void>
  /** Back to the newest page; does nothing if it is shown. */
  jumpToLatest(): Promise<void>
  /** Loads the members that weren't sent when the room was opened. */
  loadMembers(): Promise<void>

  join(): Promise<RoomJoinResult>
  leave(): Promise<void>
  /** Whether the user's role allows it, by the table that the service asks too. False until the room is known. */
  can(action: Action): boolean
  addMember(userId: string, role?: Role): Promise<MemberResult>
  removeMember(userId: string): Promise<MemberResult>
  updateMember(userId: string, role: Role): Promise<MemberResult>
}

/** Every code that a `ChatError` can have: those of the wire, and those that only a client can know. */
export type { ClientErrorCode } from './errors.ts'
export type { ErrorCode }
