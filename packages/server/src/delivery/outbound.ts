/**
 * Outbound is the single ordered queue of a socket: replies, events and heartbeats leave in the order they were put in.
 * What a socket can't take yet waits here, where it is bounded and where what many share is kept once, and not in the
 * socket, which would make a request of every write.
 */
import { joinItems } from '@parlor/protocol'
import { HEARTBEAT_FRAME, textFrame } from './frame.ts'

export class Outbound {
  readonly #socket: OutboundSocket
  readonly #flusher: FlushRequests
  readonly #maxQueuedBytes: number
  readonly #onSlow: () => void
  #queue: (Buffer | string)[] = []
  #queuedBytes = 0
  /** The socket still has something of before: `resume` goes on when that is gone. */
  #isBehind = false
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
    this.#put(json)
  }

  /** Puts in a frame that other sockets share; it isn't copied. */
  enqueueFrame(frame: Buffer): void {
    if (this.#isClosed) return
    this.#put(frame)
  }

  enqueueHeartbeat(): void {
    this.enqueueFrame(HEARTBEAT_FRAME)
  }

  /**
   * Hands what waits to the socket in one write; nothing while the socket still has something of before. Neighbouring
   * items share a frame. Gives the bytes that were handed over.
   */
  flush(): number {
    if (this.#queue.length === 0 || this.#isClosed) return 0
    if (this.#socket.bufferedBytes > 0) {
      this.#wait()
      return 0
    }
    const bytes = this.#write(this.#isBehind ? PIECE_BYTES : Number.POSITIVE_INFINITY)
    // The piece went out at once: the next one may, too.
    if (this.#queue.length > 0 && this.#socket.bufferedBytes === 0) this.#flusher.requestFlush(this)
    return bytes
  }

  /** The socket has taken everything that it was given. */
  resume(): void {
    if (!this.#isBehind) return
    if (this.#queue.length > 0) this.#flusher.requestFlush(this)
    else this.#isBehind = false
  }

  /** Hands over everything, whatever the socket still has: before a close, which comes behind it. */
  finish(): void {
    if (this.#queue.length > 0 && !this.#isClosed) this.#write(Number.POSITIVE_INFINITY)
  }

  /** Bytes that wait here, not counting what the socket has. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** At most about `maxBytes`, so that a slow reader is seen to read: a socket tells only when a write is gone. */
  #write(maxBytes: number): number {
    const queue = this.#take(maxBytes)
    const bytes = queue.reduce((sum, part) => sum + part.length, 0)
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
    return bytes
  }

  #take(maxBytes: number): (Buffer | string)[] {
    const queue = this.#queue
    if (this.#queuedBytes <= maxBytes) {
      this.#queue = []
      this.#queuedBytes = 0
      this.#isBehind = false
      return queue
    }
    let count = 0
    for (let bytes = 0; bytes < maxBytes; count++) bytes += queue[count]?.length ?? maxBytes
    const taken = queue.splice(0, count)
    for (const part of taken) this.#queuedBytes -= part.length
    return taken
  }

  /** Drops what is queued and takes no more. */
  close(): void {
    this.#isClosed = true
    this.#queue = []
    this.#queuedBytes = 0
  }

  #wait(): void {
    if (this.#isTooMuch) {
      this.close()
      this.#onSlow()
    } else if (!this.#isBehind) {
      this.#isBehind = true
      // Others than this may have written last; so that somebody asks to be told.
      this.#socket.write([])
    }
  }

  #put(part: Buffer | string): void {
    const wasTooMuch = this.#isBehind && this.#isTooMuch
    const isFirst = this.#queue.push(part) === 1
    this.#queuedBytes += part.length
    // Behind, only the bound is worth a flush, and only once: the rest goes when the socket can take it.
    if (this.#isBehind ? !wasTooMuch && this.#isTooMuch : isFirst) this.#flusher.requestFlush(this)
  }

  /** More waits than may, behind a socket that doesn't take it. */
  get #isTooMuch(): boolean {
    return this.#socket.bufferedBytes + this.#queuedBytes > this.#maxQueuedBytes
  }
}

/** What a lagging socket is given at a time: at 10 s for a write, whoever takes 7 KB a second goes on. */
const PIECE_BYTES = 64 * 1024

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
  /** Writes these in one system call where the platform can. `resume` is to be called when all that it has is taken. */
  write(chunks: readonly Buffer[]): void
}

export interface FlushRequests {
  requestFlush(outbound: Outbound): void
}
