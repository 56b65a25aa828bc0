/** What a page shows of the chat in its first HTML, read on the app's server as the person who is signed in. */
import { CHAT_TOKEN_LIFE, ChatError, type RoomListResult, type RoomSummary, type Snapshot } from '@parlor/protocol'
import { cookies } from 'next/headers.js'
import { mintChatToken } from './mint.ts'
import { callService } from './service.ts'
import { givenSecret, readChatSession, type SessionOptions } from './session.ts'
import type { SessionClaims } from './session-cookie.ts'
import { isProduction, readServiceUrl } from './settings.ts'

/**
 * A room with its newest messages, for `useChat({ roomId, initial })`. Call it in a server component.
 *
 * ```tsx
 * const initial = await getChatSnapshot('general', { limit: 50 })
 * ```
 *
 * It reads cookies, so the page is rendered for each request; inside `"use cache"` it throws, as it must: what it
 * returns is one person's.
 *
 * @returns null when nobody is signed in, and when the chat can't answer within `timeoutMs`: the page renders all the
 *   same, and the browser connects by itself. In development a line on the console says why.
 */
export async function getChatSnapshot<S = SessionClaims>(
  roomId: string,
  options: SnapshotOptions<S> = {},
): Promise<Snapshot | null> {
  const limit = options.limit === undefined ? '' : `?limit=${options.limit}`
  const path = `/v1/rooms/${encodeURIComponent(roomId)}/snapshot${limit}`
  return (await read(`getChatSnapshot('${roomId}')`, path, options)) as Snapshot | null
}

/**
 * The rooms of the person who is signed in, and the public ones; newest activity first.
 *
 * @returns null as `getChatSnapshot` does
 */
export async function getChatRooms<S = SessionClaims>(options: ChatReadOptions<S> = {}): Promise<RoomSummary[] | null> {
  const result = (await read('getChatRooms()', '/v1/rooms', options)) as RoomListResult | null
  return result?.rooms ?? null
}

/** How long a page waits for the chat, in ms, before it renders without: short of what makes a visitor leave. */
const DEFAULT_TIMEOUT_MS = 1_500

async function read<S>(caller: string, path: string, options: ChatReadOptions<S>): Promise<unknown> {
  // Outside of `try`: what Next.js throws here, it must get back.
  const jar = await cookies()
  try {
    const session = await readChatSession((name) => jar.get(name)?.value, options)
    if (!session) return null
    const { token } = await mintChatToken(session, CHAT_TOKEN_LIFE.min, givenSecret(options))
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
    return await callService({ url: readServiceUrl(options.url), path, token, timeoutMs })
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    const why = [error.code, error.message, error.hint].filter(Boolean).join(' ')
    if (!isProduction()) console.warn(`[parlor] ${caller} is null: ${why}`)
    return null
  }
}

// --- types ---

export interface ChatReadOptions<S> extends SessionOptions<S> {
  /** The service's address; `PARLOR_URL`, else `NEXT_PUBLIC_PARLOR_URL`, unless given; in development `http://localhost:4000`. */
  url?: string | undefined
  /** How long the page waits for the chat, in ms; 1,500 unless given. */
  timeoutMs?: number | undefined
}

export interface SnapshotOptions<S> extends ChatReadOptions<S> {
  /** Newest messages to read: 1 to 100; 50 unless given. */
  limit?: number | undefined
}
