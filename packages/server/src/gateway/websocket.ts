/** A WebSocket as the gateway uses it: `ws` reads and answers control frames, and what goes out is written in one piece. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { SUBPROTOCOL } from '@parlor/protocol'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { OutboundSocket } from '../delivery/outbound.ts'

/** Makes the acceptor of upgrades that were allowed already. */
export function createWebSocketAcceptor(options: AcceptorOptions): WebSocketAcceptor {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    // Pongs have their place between the frames, like everything else.
    autoPong: false,
    perMessageDeflate: options.compressFromBytes > 0 && DEFLATE,
    handleProtocols: () => SUBPROTOCOL,
    WebSocket: ListenedWebSocket,
  })
  return (request, socket, head, onSocket) => {
    server.handleUpgrade(request, socket, head, (webSocket) => onSocket(new Socket(webSocket, socket)))
  }
}

/**
 * Without context takeover, or each socket would need frames of its own: compression per socket costs several times what the
 * delivery does, and 300 KB of memory. Whoever insists on a smaller window than the usual one is refused by `ws`.
 */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 15 } as const

/** Frames of one message (what others allow is 16,384). */
const MAX_FRAGMENTS = 64

/** Knows its listener itself: all sockets share these handlers, and an idle one holds no functions of its own. */
class ListenedWebSocket extends WebSocket {
  listener: SocketListener | undefined

  listen(listener: SocketListener): void {
    this.listener = listener
    this.on('message', onMessage)
    this.on('ping', onPing)
    this.on('pong', onPong)
    this.on('error', onError)
    this.on('close', onClose)
  }

  /** Also what `ws` calls when the other end closes, or breaks the protocol: a close has no place inside a frame. */
  override close(code?: number, data?: string | Buffer): void {
    if (this.readyState === this.OPEN) this.listener?.onClosing()
    super.close(code, data)
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  listenerOf(this)?.onFrame(isBinary ? undefined : data.toString())
}

function onPing(this: WebSocket, data: Buffer): void {
  listenerOf(this)?.onPing(data)
}

function onPong(this: WebSocket): void {
  listenerOf(this)?.onPong()
}

/** `ws` has answered protocol errors with their close code by then. */
function onError(): void {}

function onClose(this: WebSocket, code: number): void {
  listenerOf(this)?.onClose(code)
}

function listenerOf(webSocket: WebSocket): SocketListener | undefined {
  return (webSocket as ListenedWebSocket).listener
}

/** One open WebSocket. */
class Socket implements PeerSocket {
  readonly #webSocket: ListenedWebSocket
  readonly #stream: Duplex
  #isAsked = false

  constructor(webSocket: ListenedWebSocket, stream: Duplex) {
    this.#webSocket = webSocket
    this.#stream = stream
  }

  listen(listener: SocketListener): void {
    this.#webSocket.listen(listener)
  }

  get inflates(): boolean {
    return this.#webSocket.extensions !== ''
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength
  }

  /**
   * Writes whole frames past `ws`, whose own send path costs an allocation and a header for each socket. That is safe
   * because `ws` compresses nothing here, so it never holds a frame back, and nothing is written once a close has begun.
   */
  write(chunks: readonly Buffer[]): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN || !this.#stream.writable) return
    const [first] = chunks
    if (chunks.length === 1 && first) this.#stream.write(first)
    else if (first) {
      this.#stream.cork()
      for (const chunk of chunks) this.#stream.write(chunk)
      this.#stream.uncork()
    }
    this.#watch()
  }

  /** A healthy socket takes everything at once, and pays nothing; for the others, an empty write tells when it is their turn. */
  #watch(): void {
    if (this.#isAsked || this.#stream.writableLength === 0) return
    this.#isAsked = true
    this.#stream.write(NOTHING, () => {
      this.#isAsked = false
      this.#webSocket.listener?.onDrained()
    })
  }

  /** Says goodbye. A peer that doesn't answer is cut after 30 s by `ws`, or at once by `terminate`. */
  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  /** Cuts the connection; the peer sees 1006. */
  terminate(): void {
    this.#webSocket.terminate()
  }
}

const NOTHING = Buffer.alloc(0)

// --- types ---

interface AcceptorOptions {
  maxFrameBytes: number
  /** 0: compression isn't offered. */
  compressFromBytes: number
}

/** What a connection needs of its socket, whatever carries it. */
export interface PeerSocket extends OutboundSocket {
  /** It takes compressed frames: both ends have said so. */
  readonly inflates: boolean
  /** Sets who hears of it; called once. */
  listen(listener: SocketListener): void
  /** Says goodbye after what was written. Nothing is written from here on. */
  close(code: number, reason: string): void
  /** Cuts the connection; the peer sees 1006. */
  terminate(): void
}

export type WebSocketAcceptor = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  onSocket: (socket: PeerSocket) => void,
) => void

export interface SocketListener {
  /** A text message; undefined for a binary one. */
  onFrame(text: string | undefined): void
  onPing(data: Buffer): void
  onPong(): void
  /** A close is about to be written, by whomever. */
  onClosing(): void
  /** Everything that was written is taken, after it wasn't at once. */
  onDrained(): void
  onClose(code: number): void
}
