/** Outbound is the single ordered queue of a socket: replies, events and heartbeats leave in the order they were put in. */
import { joinItems } from '@parlor/protocol'
import { HEARTBEAT_FRAME, textFrame } from './frame.ts'

export class Outbound {
  readonly #socket: OutboundSocket
  readonly #flusher: FlushRequests
  readonly #maxQueuedBytes: number
  readonly #onSlow: () => void
  #queue: (Buffer | string)[] = []
  #queuedBytes = 0
  #isClosed = false

  /** `onSlow` is called once, when the socket doesn't take what is meant for it (G9). */
  constructor(options: OutboundOptions) {
    this.#socket = options.socket
    this.#flusher = options.flusher
    this.#maxQueuedBytes = options.maxQueuedBytes
    this.#onSlow = options.onSlow
  }

  /** Puts in one item of this connection only, as JSON. */
  enqueueItem(json: string): void {
    if (this.#isClosed) return
    this.#request()
    this.#queue.push(json)
    this.#queuedBytes += json.length
  }

  /** Puts in a frame that other sockets share; it isn't copied. */
  enqueueFrame(frame: Buffer): void {
    if (this.#isClosed) return
    this.#request()
    this.#queue.push(frame)
    this.#queuedBytes += frame.length
  }

  enqueueHeartbeat(): void {
    this.enqueueFrame(HEARTBEAT_FRAME)
  }

  /** Hands everything to the socket in one write. Neighbouring items share a frame. */
  flush(): number {
    if (this.#queue.length === 0 || this.#isClosed) return 0
    const queue = this.#queue
    const queuedBytes = this.#queuedBytes
    this.#queue = []
    this.#queuedBytes = 0
    // What waits already counts; what is being added may exceed the bound by this one write.
    if (this.#socket.bufferedBytes + queuedBytes > this.#maxQueuedBytes && this.#socket.bufferedBytes > 0) {
      this.close()
      this.#onSlow()
      return 0
    }
    const chunks: Buffer[] = []
    for (let i = 0; i < queue.length; ) {
      const part = queue[i]
      if (typeof part !== 'string') {
        if (part) chunks.push(part)
        i++
        continue
      }
      let end = i + 1
      while (typeof queue[end] === 'string') end++
      chunks.push(textFrame(joinItems(queue.slice(i, end) as string[])))
      i = end
    }
    this.#socket.write(chunks)
    return queuedBytes
  }

  /** Drops what is queued and takes no more. */
  close(): void {
    this.#isClosed = true
    this.#queue = []
    this.#queuedBytes = 0
  }

  #request(): void {
    if (this.#queue.length === 0) this.#flusher.requestFlush(this)
  }
}

// --- types ---

export interface OutboundOptions {
  socket: OutboundSocket
  flusher: FlushRequests
  /** In bytes; 1 MiB unless set otherwise. */
  maxQueuedBytes: number
  onSlow: () => void
}

/** What outbound needs of a socket. */
export interface OutboundSocket {
  /** Bytes handed over that the kernel hasn't taken yet. */
  readonly bufferedBytes: number
  /** Writes these in one system call where the platform can. */
  write(chunks: readonly Buffer[]): void
}

export interface FlushRequests {
  requestFlush(outbound: Outbound): void
}
