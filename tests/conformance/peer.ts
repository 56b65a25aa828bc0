/** Peer is one raw WebSocket: it sends what a test gives it and keeps what came back, in order. */
import { uuidv7 } from '@parlor/protocol'
import { WebSocket } from 'ws'

/** Opens a WebSocket. Rejects with `UpgradeRefused` when the answer is another status than 101. */
export async function openPeer(address: string, options: PeerOptions = {}): Promise<Peer> {
  const { protocols = ['parlor.v1'], headers = {} } = options
  const socket = new WebSocket(address, protocols, {
    headers,
    perMessageDeflate: options.offersCompression ?? false,
    autoPong: options.answersPings ?? true,
  })
  const peer = new Peer(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += String(chunk)
      })
      response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, response.headers, body)))
    })
    socket.once('error', reject)
  })
  return peer
}

export class Peer {
  readonly socket: WebSocket
  /** Every item of every frame, as it came. */
  readonly items: Item[] = []
  /** Every text frame, as it came. */
  readonly frames: string[] = []
  pings = 0
  /** Fulfilled when the service has closed. */
  readonly closed: Promise<{ code: number; reason: string }>
  #taken = new Set<Item>()
  #ref = 1_000
  #wake = new Set<() => void>()
  #isClosed = false

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('the service sent a binary frame')
      const frame = String(data)
      this.frames.push(frame)
      this.items.push(...(JSON.parse(frame) as Item[]))
      for (const wake of this.#wake) wake()
    })
    socket.on('ping', () => {
      this.pings++
      for (const wake of this.#wake) wake()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#isClosed = true
        for (const wake of this.#wake) wake()
        resolve({ code, reason: String(reason) })
      })
    })
  }

  /** Sends a command, with a `ref` unless it has one; gives back the ref. */
  send(command: Record<string, unknown>): number {
    const frame = { ref: ++this.#ref, ...command }
    this.socket.send(JSON.stringify(frame))
    return frame.ref
  }

  sendText(text: string): void {
    this.socket.send(text)
  }

  /** Sends a command and waits for what it answers; an error becomes a rejection with its code. */
  async command(command: Record<string, unknown>): Promise<Result> {
    const reply = await this.reply(this.send(command))
    if (reply.error) throw new Error(`${String(command.type)} was refused: ${JSON.stringify(reply.error)}`)
    return reply.ok as Result
  }

  /** Sends a command that has to be refused, and waits for the error. */
  async refused(command: Record<string, unknown>): Promise<WireErrorItem> {
    const reply = await this.reply(this.send(command))
    if (!reply.error) throw new Error(`${String(command.type)} was not refused: ${JSON.stringify(reply.ok)}`)
    return reply.error as WireErrorItem
  }

  reply(ref: number): Promise<Item> {
    return this.take((item) => item.ref === ref, `the reply to ${ref}`)
  }

  /** Waits for the next item of this type that no earlier call has taken. */
  push(type: string, where: (item: Item) => boolean = () => true): Promise<Item> {
    return this.take((item) => item.type === type && where(item), type)
  }

  /** Waits for the first item that fits and that no earlier call has taken. */
  async take(fits: (item: Item) => boolean, name: string): Promise<Item> {
    const item = await this.until(() => this.items.find((one) => !this.#taken.has(one) && fits(one)), name)
    this.#taken.add(item)
    return item
  }

  /** Waits until `find` finds something; looked at again whenever something arrives. */
  until<T>(find: () => T | undefined | false, name: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found) finish(() => resolve(found))
        else if (this.#isClosed)
          finish(() => reject(new Error(`closed while waiting for ${name}; got ${this.#dump()}`)))
      }
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${name}; got ${this.#dump()}`))), PATIENCE_MS)
      const finish = (end: () => void) => {
        clearTimeout(timer)
        this.#wake.delete(look)
        end()
      }
      this.#wake.add(look)
      look()
    })
  }

  /** Signs in: sends `hello` and waits for `welcome`. */
  async hello(token: string, more: Record<string, unknown> = {}): Promise<Result> {
    return this.command({ type: 'hello', token, ...more })
  }

  /** Opens a room and gives back what came. */
  async open(roomId: string, more: Record<string, unknown> = {}): Promise<Result> {
    return this.command({ type: 'room.open', roomId, ...more })
  }

  /** Says something under a new id. */
  async say(roomId: string, text: string, more: Record<string, unknown> = {}): Promise<{ id: string; seq: number }> {
    return (await this.command({ type: 'message.send', roomId, id: uuidv7(), text, ...more })) as {
      id: string
      seq: number
    }
  }

  /**
   * Everything that the service had decided to send by now has arrived. The first answer may overtake events of the same
   * moment; what was told before it was written goes out before the second.
   */
  async settle(): Promise<void> {
    await this.command({ type: 'ping' })
    await this.command({ type: 'ping' })
  }

  /** Items of a room's stream that came so far: events and pushes. */
  stream(roomId?: string): Item[] {
    return this.items.filter((item) => item.type !== undefined && (roomId === undefined || item.roomId === roomId))
  }

  #dump(): string {
    return JSON.stringify(this.items.filter((item) => !this.#taken.has(item))).slice(0, 2_000)
  }
}

export class UpgradeRefused extends Error {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string

  constructor(status: number, headers: Record<string, string | string[] | undefined>, body: string) {
    super(`The upgrade was refused with ${status}: ${body}`)
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** Only a bound for what never comes: nothing here takes longer than a few ms. */
const PATIENCE_MS = 8_000

// --- types ---

export interface PeerOptions {
  protocols?: string[]
  headers?: Record<string, string>
  offersCompression?: boolean
  /** Default true, as the standard says. */
  answersPings?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: what comes from the wire is what the tests are about.
export type Item = Record<string, any>
// biome-ignore lint/suspicious/noExplicitAny: the same.
export type Result = Record<string, any>

export interface WireErrorItem {
  code: string
  message: string
  retryable: boolean
  hint?: string
  field?: string
  retryAfterMs?: number
}
