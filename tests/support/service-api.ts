/** ServiceApi is the service as the app's server and a plain reader see it, over HTTP and one raw WebSocket. */
import { mintChatToken, mintServerToken } from '../conformance/tokens.ts'

export class ServiceApi {
  readonly #url: string
  readonly #secret: string

  /** @param url the service's base address, http */
  constructor(url: string, secret: string) {
    this.#url = url
    this.#secret = secret
  }

  chatToken(userId: string, claims: Record<string, unknown> = {}): string {
    return mintChatToken(userId, { secret: this.#secret, claims })
  }

  /** Sends in the name of a user; the id makes a repetition safe. */
  async send(roomId: string, message: ApiMessage): Promise<{ id: string; seq: number }> {
    return (await this.#call('POST', `/v1/rooms/${roomId}/messages`, message)) as { id: string; seq: number }
  }

  async upsertRoom(roomId: string, room: ApiRoom): Promise<void> {
    await this.#call('PUT', `/v1/rooms/${roomId}`, room)
  }

  async removeMember(roomId: string, userId: string): Promise<void> {
    await this.#call('DELETE', `/v1/rooms/${roomId}/members/${encodeURIComponent(userId)}`)
  }

  /** Every message of a room as `reader` sees it, oldest first, and the head at which the newest page was read. */
  async readHistory(roomId: string, reader: string): Promise<History> {
    const socket = await openRawSocket(`${this.#url.replace(/^http/, 'ws')}/v1/ws`)
    try {
      await socket.ask({ type: 'hello', token: this.chatToken(reader) })
      const opened = (await socket.ask({ type: 'room.open', roomId, limit: 1 })) as Opened
      const messages: ApiMessageRow[] = []
      let before: number | undefined
      for (;;) {
        const page = (await socket.ask({ type: 'message.list', roomId, limit: 100, before })) as Page
        messages.unshift(...page.messages)
        before = page.messages[0]?.seq
        if (!page.hasOlder) return { head: opened.head, members: opened.reset?.members ?? [], messages }
      }
    } finally {
      socket.close()
    }
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${mintServerToken({ secret: this.#secret })}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return text ? JSON.parse(text) : undefined
  }
}

/** A socket that has said nothing yet. Rejects when it can't be opened. */
export async function openRawSocket(url: string): Promise<RawSocket> {
  const socket = new WebSocket(url, 'parlor.v1')
  const asked = new Map<number, (reply: Reply) => void>()
  let ref = 0
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => {
      resolve(code)
      for (const answer of asked.values()) answer({ ref: 0, lost: true })
    }
  })
  socket.onmessage = ({ data }) => {
    for (const item of JSON.parse(String(data)) as Reply[]) {
      asked.get(item.ref)?.(item)
      asked.delete(item.ref)
    }
  }
  const opened = new Promise<void>((resolve) => {
    socket.onopen = () => resolve()
  })
  await Promise.race([opened, closed.then(() => Promise.reject(new Error(`${url} could not be opened.`)))])
  return {
    closed,
    ask: (command) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) return reject(new RawError('lost'))
        ref += 1
        asked.set(ref, ({ ok, error, lost }) => {
          if (ok !== undefined) resolve(ok)
          else reject(new RawError(lost ? 'lost' : (error?.code ?? 'lost')))
        })
        socket.send(JSON.stringify({ ...command, ref }))
      }),
    close: () => socket.close(),
  }
}

/** A command that ended in an error of the service, or (`lost`) in the end of the connection. */
export class RawError extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

// --- types ---

export interface RawSocket {
  /** Resolves with the close code. */
  closed: Promise<number>
  /** The result of a command. Rejects with a RawError. */
  ask(command: Record<string, unknown>): Promise<unknown>
  close(): void
}

export interface ApiMessage {
  id?: string
  user: { id: string; name?: string }
  text: string
}

export interface ApiRoom {
  kind?: 'public' | 'private' | 'direct'
  name?: string
  members?: { id: string; name?: string; role?: string }[]
}

export interface ApiMessageRow {
  id: string
  seq: number
  version: number
  ordinal: number
  text: string
  user: { id: string; name: string | null }
  createdAt: number
  editedAt?: number
  deletedAt?: number
  reactions: { emoji: string; userIds: string[] }[]
}

export interface History {
  head: number
  members: { userId: string; version: number }[]
  messages: ApiMessageRow[]
}

interface Opened {
  head: number
  reset?: { members: { userId: string; version: number }[] }
}

interface Page {
  messages: ApiMessageRow[]
  hasOlder: boolean
}

interface Reply {
  ref: number
  ok?: unknown
  error?: { code: string }
  lost?: boolean
}
