/** ServiceApi is the service as the app's server sees it, and the question whether it is ready. */
import { ChatError } from '@parlor/client'
import { httpUrl } from './address.ts'

export class ServiceApi {
  readonly #url: string
  readonly #token: () => string | Promise<string>

  constructor(url: string, token: () => string | Promise<string>) {
    this.#url = url
    this.#token = token
  }

  /** Makes a private room. */
  async makeRoom(roomId: string, name: string, members: RoomMember[]): Promise<{ head: number }> {
    const room = { kind: 'private', name, members }
    return (await this.#call('PUT', `/v1/rooms/${encodeURIComponent(roomId)}`, room)) as { head: number }
  }

  /** The version of the member's row. */
  async putMember(roomId: string, userId: string): Promise<number> {
    return versionOf(await this.#call('PUT', memberPath(roomId, userId), {}))
  }

  async removeMember(roomId: string, userId: string): Promise<number> {
    return versionOf(await this.#call('DELETE', memberPath(roomId, userId)))
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const token = await this.#token()
    const response = await fetch(httpUrl(this.#url, path), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(CALL_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new ChatError('connection_failed', { cause })
    })
    const answer = (await response.json().catch(() => ({}))) as { error?: Parameters<typeof ChatError.fromWire>[0] }
    if (answer.error) throw ChatError.fromWire(answer.error)
    if (!response.ok) throw new ChatError('internal', { message: `${method} ${path} answered ${response.status}.` })
    return answer
  }
}

/** Whether the service says that it is ready. No answer is a no. */
export async function isReady(url: string): Promise<boolean> {
  return fetch(httpUrl(url, '/readyz'), { signal: AbortSignal.timeout(READY_MS) }).then(
    ({ ok }) => ok,
    () => false,
  )
}

function memberPath(roomId: string, userId: string): string {
  return `/v1/rooms/${encodeURIComponent(roomId)}/members/${encodeURIComponent(userId)}`
}

function versionOf(answer: unknown): number {
  return (answer as { member: { version: number } }).member.version
}

/** The service gives up on its database after 5 s. */
const CALL_MS = 10_000

const READY_MS = 5_000

// --- types ---

export interface RoomMember {
  id: string
  name: string
  role: 'owner' | 'member'
}
