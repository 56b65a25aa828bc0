/** Returner is one light connection of a storm: it follows a room, and comes back as a client does when its socket ends. */
import { WebSocket } from 'ws'
import { pickWait } from '../../../packages/client/src/backoff.ts'

export class Returner {
  /** What no client may see. */
  readonly problems: string[] = []
  /** How often the service told it to come later. */
  turnedAway = 0
  /** How often a socket ended without a word, or didn't open. */
  failed = 0
  readonly #options: ReturnerOptions
  #socket: WebSocket | undefined
  /** Of its room, what it has: the epoch and the newest seq. */
  #epoch: string | undefined
  #seq = 0
  #isIn = false

  constructor(options: ReturnerOptions) {
    this.#options = options
  }

  /** It is signed in, and its room is caught up. */
  get isIn(): boolean {
    return this.#isIn
  }

  get seq(): number {
    return this.#seq
  }

  /** Connects, again and again, until its room is open. */
  async come(): Promise<void> {
    for (let failures = 0; ; ) {
      const waitMs = await this.#try()
      if (this.#isIn) return
      if (waitMs === undefined) this.failed++
      else this.turnedAway++
      // As the client does: what the service says, else the backoff, which only failures without a word make longer.
      await new Promise((resolve) => setTimeout(resolve, waitMs ?? pickWait(failures++, Math.random)))
    }
  }

  /** One connection until it is in or ends; what the service said about when to come back. */
  #try(): Promise<number | undefined> {
    const { userId, roomId, port, mintToken } = this.#options
    const since = this.#epoch === undefined ? undefined : { epoch: this.#epoch, seq: this.#seq }
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/v1/ws`, ['parlor.v1'], { perMessageDeflate: false })
    this.#socket = socket
    return new Promise((resolve) => {
      let waitMs: number | undefined
      socket.on('open', () => {
        const rooms = since && [{ roomId, ...since }]
        socket.send(JSON.stringify({ type: 'hello', ref: 1, token: mintToken(userId), ...(rooms && { rooms }) }))
        if (!since) socket.send(JSON.stringify({ type: 'room.open', ref: 2, roomId }))
      })
      socket.on('unexpected-response', (request, response) => {
        waitMs = Number(response.headers['retry-after'] ?? 0) * 1000 || undefined
        request.destroy()
        resolve(waitMs)
      })
      socket.on('message', (data) => {
        for (const item of JSON.parse(String(data)) as Item[]) {
          if (item.type === 'error') waitMs = item.error?.retryAfterMs
          else if (item.error) this.problems.push(`${item.error.code} was answered to ${item.ref}`)
          else this.#read(item, since?.seq)
        }
        if (this.#isIn) resolve(undefined)
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        resolve(waitMs)
        if (!this.#isIn || socket !== this.#socket) return
        this.#isIn = false
        setTimeout(() => void this.come(), pickWait(0, Math.random))
      })
    })
  }

  #read(item: Item, before: number | undefined): void {
    const opened = item.type === 'room.opened' ? item : item.ref === 2 ? item.ok : undefined
    if (opened) this.#open(opened, before)
    else if (item.type === 'room.closed') this.problems.push(`its room was closed: ${item.reason}`)
    else if (item.roomId === this.#options.roomId && item.seq !== undefined) this.#apply(item.seq)
  }

  #open({ epoch, head = 0, range, reset }: Opened, before: number | undefined): void {
    if (before !== undefined && reset) this.problems.push(`it was reset (${reset.reason}) instead of caught up`)
    if (before !== undefined && range) this.#judgeRange(range, before, head)
    if (before !== undefined && head < before) this.problems.push(`it had ${before} and the service ${head}`)
    this.#epoch = epoch
    this.#seq = head
    this.#isIn = true
  }

  /** Nothing happens in its room but new messages, so each number is one of them. */
  #judgeRange({ from, messages }: Range, before: number, head: number): void {
    if (from !== before) this.problems.push(`it had ${before} and was caught up from ${from}`)
    const told = new Set(messages.map(({ seq }) => seq))
    for (let seq = before + 1; seq <= head; seq++)
      if (!told.has(seq)) this.problems.push(`it was caught up from ${before} to ${head} without ${seq}`)
  }

  #apply(seq: number): void {
    if (seq !== this.#seq + 1) this.problems.push(`${seq} followed ${this.#seq}`)
    this.#seq = Math.max(seq, this.#seq)
  }
}

// --- types ---

export interface ReturnerOptions {
  userId: string
  roomId: string
  /** Where a balancer sends it now. */
  port(): number
  mintToken(userId: string): string
}

interface Opened {
  epoch?: string
  head?: number
  range?: Range
  reset?: { reason: string }
}

interface Range {
  from: number
  messages: { seq: number }[]
}

interface Item extends Opened {
  type?: string
  ref?: number
  ok?: Opened
  error?: { code: string; retryAfterMs?: number }
  roomId?: string
  seq?: number
  reason?: string
}
