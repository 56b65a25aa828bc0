/** ServerClient: what the app's own server does in the chat, over HTTP: rooms, members, messages, sign-outs. */
import {
  ChatError,
  type JsonObject,
  type MemberPutBody,
  type MemberResult,
  type MessagePostBody,
  type MessageSendResult,
  type RevokeBody,
  type Role,
  type RoomKind,
  type RoomUpsertBody,
  type RoomUpsertResult,
  uuidv7,
} from '@parlor/protocol'
import { mintServerToken } from '../mint.ts'
import { callService, type ServiceCall } from '../service.ts'
import { readServiceUrl, type Secret } from '../settings.ts'

/**
 * Makes a client of its own; `chat` is the one that reads the environment. Nothing is read or connected before the first
 * call, and it runs wherever there is `fetch` and Web Crypto: Server Actions, route handlers, cron jobs, the edge.
 *
 * Every call is safe to repeat: the second time changes nothing. It is repeated once by itself when the service couldn't be reached.
 * Calls reject with a `ChatError`, whose `code` says why and whose `hint` says what to do.
 */
export function createServerClient(options: ServerClientOptions = {}): ServerClient {
  const call = async (request: ServerRequest): Promise<unknown> => {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
    const url = readServiceUrl(options.url)
    const token = await mintServerToken(options.secret)
    try {
      return await callService({ ...request, url, token, timeoutMs })
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'unavailable') throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * (0.5 + Math.random())))
      return callService({ ...request, url, token, timeoutMs })
    }
  }

  return {
    rooms: {
      async upsert({ id, ...room }) {
        const body: RoomUpsertBody = room
        return (await call({ method: 'PUT', path: roomPath(id), body })) as RoomUpsertResult
      },
    },
    members: {
      async add(roomId, user, role) {
        const { id, ...profile } = typeof user === 'string' ? { id: user } : user
        const body: MemberPutBody = { ...profile, ...(role && { role }) }
        return (await call({ method: 'PUT', path: memberPath(roomId, id), body })) as MemberResult
      },
      async remove(roomId, userId) {
        return (await call({ method: 'DELETE', path: memberPath(roomId, userId) })) as MemberResult
      },
    },
    messages: {
      async send(roomId, { id = uuidv7(), user, text, data }) {
        const body: MessagePostBody = { id, user, text, ...(data && { data }) }
        return (await call({ method: 'POST', path: `${roomPath(roomId)}/messages`, body })) as MessageSendResult
      },
    },
    sessions: {
      async revoke(sid) {
        const body: RevokeBody = { sid }
        await call({ method: 'POST', path: '/v1/sessions/revoke', body })
      },
    },
  }
}

/** How long a call waits for its answer, in ms: the service itself gives up on its database after 5 s. */
const DEFAULT_TIMEOUT_MS = 10_000

/** Before the one repetition, in ms, half more or less: long enough for a restarting process to give up its port. */
const RETRY_DELAY_MS = 300

function roomPath(roomId: string): string {
  return `/v1/rooms/${encodeURIComponent(roomId)}`
}

function memberPath(roomId: string, userId: string): string {
  return `${roomPath(roomId)}/members/${encodeURIComponent(userId)}`
}

// --- types ---

export interface ServerClient {
  rooms: {
    /** Makes the room, or brings it to this state; members who aren't named stay. */
    upsert(room: RoomDraft): Promise<RoomUpsertResult>
  }
  members: {
    /** Makes the user a member, or changes the role of one; `member` unless given. */
    add(roomId: string, user: string | MemberDraft, role?: Role): Promise<MemberResult>
    /** Removes a member, who then reads nothing newer. */
    remove(roomId: string, userId: string): Promise<MemberResult>
  }
  messages: {
    /** Sends in the name of `user`. With an `id` of your own (a lower-case UUID) it is sent once, however often you call. */
    send(roomId: string, message: ServerMessageDraft): Promise<MessageSendResult>
  }
  sessions: {
    /** Closes every connection of a sign-in within a second, and refuses its tokens from then on. */
    revoke(sid: string): Promise<void>
  }
}

export interface ServerClientOptions {
  /** The service's address; `PARLOR_URL`, else `NEXT_PUBLIC_PARLOR_URL`, unless given; in development `http://localhost:4000`. */
  url?: string | undefined
  /** The secret; `PARLOR_TOKEN_SECRET`, else AUTH_SECRET or NEXTAUTH_SECRET, unless given. */
  secret?: Secret | undefined
  /** In ms; 10,000 unless given. */
  timeoutMs?: number | undefined
}

export interface RoomDraft {
  id: string
  kind?: RoomKind
  name?: string | null
  members?: (MemberDraft & { role?: Role })[]
}

export interface MemberDraft {
  id: string
  name?: string | null
  picture?: string | null
}

export interface ServerMessageDraft {
  id?: string
  user: MemberDraft
  text: string
  data?: JsonObject
}

type ServerRequest = Pick<ServiceCall, 'path' | 'body'> & { method: NonNullable<ServiceCall['method']> }
