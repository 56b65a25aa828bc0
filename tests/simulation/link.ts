/** Link: one simulated WebSocket: a client's transport socket at one end, the socket of a connection at the other. */
import type { TransportHandlers, TransportSocket } from '@parlor/client'
import type { PeerSocket, SocketListener } from '../../packages/server/src/gateway/websocket.ts'
import { Pipe } from './pipe.ts'
import type { VirtualTime } from './virtual-time.ts'

export class Link {
  readonly #time: VirtualTime
  readonly #up: Pipe
  readonly #down: Pipe
  readonly #handlers: TransportHandlers
  #listener: SocketListener | undefined
  #clientOver = false
  #serverOver = false
  #isServerClosing = false
  /** Broken: not even a goodbye gets through. */
  #isBroken = false
  /** What was written of a frame that isn't at its end. */
  #begun: Buffer = Buffer.alloc(0)

  constructor(time: VirtualTime, random: () => number, handlers: TransportHandlers) {
    this.#time = time
    this.#up = new Pipe(time, random)
    this.#down = new Pipe(time, random)
    this.#handlers = handlers
  }

  get isOver(): boolean {
    return this.#clientOver && this.#serverOver
  }

  /** The client's end. */
  readonly client: TransportSocket = {
    send: (text) => {
      if (!this.#clientOver) this.#up.send(() => this.#listener?.onFrame(text))
    },
    close: (code, reason) => {
      if (this.#clientOver) return
      this.#clientOver = true
      if (!this.#isBroken) this.#up.end(1, () => this.#endServer(code))
      this.#down.cut(0)
      this.#down.end(20, () => this.#handlers.closed(code, reason))
    },
  }

  /** A node takes the connection: gives its end. */
  accept(): PeerSocket {
    this.#down.send(() => this.#toClient(() => this.#handlers.opened()))
    const link = this
    return {
      inflates: false,
      get bufferedBytes() {
        return link.#down.stuckBytes
      },
      listen: (listener) => {
        link.#listener = listener
      },
      write: (chunks) => {
        if (link.#serverOver || link.#isServerClosing) return
        for (const chunk of chunks) link.#write(chunk)
      },
      close: (code, reason) => {
        if (link.#serverOver || link.#isServerClosing) return
        link.#isServerClosing = true
        link.#down.send(() => {
          link.#up.end(5, () => link.#endServer(code))
          link.#endClient(code, reason)
        })
      },
      terminate: () => {
        if (link.#serverOver) return
        if (!link.#isBroken) link.#down.end(5, () => link.#endClient(1006, ''))
        link.#endServer(1006)
      },
    }
  }

  /** No node takes it. */
  refuse(): void {
    this.#serverOver = true
    this.#down.end(10, () => this.#endClient(1006, ''))
  }

  /** Breaks: each end learns of it after its time, or only by silence. Some of what was under way still arrives. */
  cut({ random, clientMs, serverMs, lateMs }: Cut): number {
    this.#isBroken = true
    const keptUp = Math.floor(random() * (this.#up.length + 1))
    this.#up.cut(keptUp)
    this.#down.cut(Math.floor(random() * (this.#down.length + 1)))
    if (lateMs > 0) this.#up.stall(lateMs)
    if (clientMs !== undefined) this.#down.end(clientMs, () => this.#endClient(1006, ''))
    if (serverMs !== undefined) this.#up.end(serverMs, () => this.#endServer(1006))
    return lateMs > 0 ? keptUp : 0
  }

  /** The node is dead: nothing that comes is heard. */
  killServer(clientMs: number | undefined, random: () => number): void {
    this.#serverOver = true
    this.#listener = undefined
    this.#down.cut(Math.floor(random() * (this.#down.length + 1)))
    if (clientMs !== undefined) this.#down.end(clientMs, () => this.#endClient(1006, ''))
  }

  stall(ms: number): void {
    this.#up.stall(ms)
    this.#down.stall(ms)
    this.#time.after(ms, () => this.#listener?.onDrained())
  }

  #toClient(tell: () => void): void {
    if (!this.#clientOver) tell()
  }

  #endClient(code: number, reason: string): void {
    if (this.#clientOver) return
    this.#clientOver = true
    this.#handlers.closed(code, reason)
  }

  #endServer(code: number): void {
    if (this.#serverOver) return
    this.#serverOver = true
    this.#listener?.onClose(code)
    this.#listener = undefined
  }

  /** Takes what was written apart into its frames: texts for the page, pings that the browser answers by itself. */
  #write(chunk: Buffer): void {
    const written = this.#begun.length > 0 ? Buffer.concat([this.#begun, chunk]) : chunk
    let at = 0
    for (let end = endOfFrame(written, at); end <= written.length; end = endOfFrame(written, at)) {
      const frame = written.subarray(at, end)
      at = end
      if (((frame[0] as number) & 0x0f) === PING) this.#down.send(() => this.#up.send(() => this.#listener?.onPong()))
      else {
        const text = frame.toString('utf8', headerBytesOf(frame))
        this.#down.send(() => this.#toClient(() => this.#handlers.message(text)), frame.length)
      }
    }
    this.#begun = written.subarray(at)
    // A page sees nothing of a frame before its end, but it is on its way.
    if (this.#begun.length > 0) this.#down.send(() => {}, this.#begun.length)
  }
}

/** Where the frame ends that begins there; beyond what there is, if it isn't all there. */
function endOfFrame(bytes: Buffer, at: number): number {
  const short = bytes[at + 1]
  if (short === undefined) return Number.POSITIVE_INFINITY
  const headerBytes = headerBytesOf(bytes.subarray(at))
  if (at + headerBytes > bytes.length) return Number.POSITIVE_INFINITY
  if (short < 126) return at + headerBytes + short
  return at + headerBytes + (short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2)))
}

function headerBytesOf(frame: Buffer): number {
  const short = frame[1] as number
  return short < 126 ? 2 : short === 126 ? 4 : 10
}

/** RFC 6455, section 5.2. */
const PING = 9

// --- types ---

export interface Cut {
  random: () => number
  /** After how many ms each end learns of it; undefined: never, by the network. */
  clientMs: number | undefined
  serverMs: number | undefined
  /** What the client had sent arrives only after this many ms, when it has long come back on another socket. */
  lateMs: number
}
