/**
 * Outbound is the single ordered queue of a socket: replies, events and heartbeats leave in the order they were put in.
 * What a socket can't take yet waits here, where it is bounded and where what many share is kept once, and not in the
 * socket, which would make a request of every write.
 */
import { joinItems } from '@parlor/protocol'
import { deflatedFrame, HEARTBEAT_FRAME, pongFrame, textFrame } from './frame.ts'

export class Outbound {
  readonly #socket: OutboundSocket
  readonly #flusher: FlushRequests
  readonly #maxQueuedBytes: number
  readonly #owner: OutboundOwner
  readonly #compressFromBytes: number
  #queue: (Buffer | string)[] = []
  #queuedBytes = 0
  /** Of these, what others got too: news that this connection didn't ask for. */
  #sharedBytes = 0
  /** What is left of the frame under way. */
  #rest: Buffer | undefined
  #pong: Buffer | undefined
  /** The socket still has something of before: `resume` goes on when that is gone. */
  #isBehind = false
  #isClosed = false

  constructor(options: OutboundOptions) {
    this.#socket = options.socket
    this.#flusher = options.flusher
    this.#maxQueuedBytes = options.maxQueuedBytes
    this.#owner = options.owner
    this.#compressFromBytes = options.compressFromBytes || Number.POSITIVE_INFINITY
  }

  /** Puts in one item of this connection only, as JSON: what it asked for, or little. */
  enqueueItem(json: string): void {
    if (this.#isClosed) return
    this.#put(json)
  }

  /** Puts in a frame that other sockets share; it isn't copied. */
  enqueueFrame(frame: Buffer): void {
    if (this.#isClosed) return
    this.#put(frame)
  }

  /** Puts in a shared frame that may be left out: only while the socket keeps up. Gives whether it was taken. */
  enqueueSignal(frame: Buffer): boolean {
    if (this.#isClosed || this.#isBehind || this.#socket.bufferedBytes > 0) return false
    this.#put(frame)
    return true
  }

  enqueueHeartbeat(): void {
    this.enqueueFrame(HEARTBEAT_FRAME)
  }

  /** Answers a ping, before what waits and behind the frame that has begun. Of several, the last one counts (RFC 6455, 5.5.3). */
  enqueuePong(data: Buffer): void {
    if (this.#isClosed) return
    const isDue = !this.#hasMore || this.mayWait
    this.#pong = pongFrame(data)
    if (isDue && !this.#isBehind) this.#flusher.requestFlush(this)
  }

  /**
   * Hands what waits to the socket, in one write unless it is much; nothing while the socket still has something of before.
   * Neighbouring items share a frame. Gives the bytes that were handed over.
   */
  flush(): number {
    if (!this.#hasMore || this.#isClosed) return 0
    if (this.#socket.bufferedBytes > 0) {
      this.#wait()
      return 0
    }
    let bytes = 0
    // A piece that goes out at once makes way for the next one.
    do bytes += this.#write(PIECE_BYTES)
    while (this.#hasMore && this.#socket.bufferedBytes === 0 && bytes < MAX_FLUSH_BYTES)
    if (this.#hasMore && this.#socket.bufferedBytes === 0) this.#flusher.requestFlush(this)
    else this.#isBehind = this.#hasMore
    if (this.isLow) this.#owner.onLow()
    return bytes
  }

  /** The socket has taken everything that it was given. */
  resume(): void {
    if (this.#isBehind && this.#hasMore) this.#flusher.requestFlush(this)
    else this.#isBehind = false
    if (this.isLow) this.#owner.onLow()
  }

  /** Hands over everything, whatever the socket still has: before a close, which comes behind it. */
  finish(): void {
    if (this.#hasMore) this.#write(Number.POSITIVE_INFINITY)
  }

  /** Hands over the end of the frame that has begun: before whatever isn't written here. */
  finishFrame(): void {
    const rest = this.#rest
    this.#rest = undefined
    if (rest) this.#socket.write([rest])
  }

  /** A frame has begun and isn't at its end: nothing else would be understood now, not even a close. */
  get isMidFrame(): boolean {
    return this.#rest !== undefined
  }

  /** Bytes that wait here, not counting what the socket has. */
  get queuedBytes(): number {
    return this.#queuedBytes + (this.#rest?.length ?? 0)
  }

  /** So little waits, here and in the socket, that a long answer may come behind it. */
  get isLow(): boolean {
    return this.queuedBytes + this.#socket.bufferedBytes <= PIECE_BYTES
  }

  /** Frames and items that wait here. */
  get waitingFrames(): number {
    return this.#queue.length
  }

  /** Only news that others got too waits here: nobody asked for it, and it may come a moment later. */
  get mayWait(): boolean {
    return !this.#rest && !this.#pong && !this.#isBehind && this.#queuedBytes === this.#sharedBytes
  }

  /** Drops what is queued and takes no more. */
  close(): void {
    this.#drop()
    this.#rest = undefined
  }

  /** All but the frame under way. */
  #drop(): void {
    this.#isClosed = true
    this.#queue = []
    this.#pong = undefined
    this.#queuedBytes = 0
    this.#sharedBytes = 0
  }

  /**
   * At most `maxBytes`, and a frame goes out in slices if it must: a socket tells only when a whole write is gone, so only
   * of small ones can it be seen that a slow reader reads.
   */
  #write(maxBytes: number): number {
    const chunks: Buffer[] = []
    let bytes = 0
    let at = 0
    while (bytes < maxBytes) {
      let frame = this.#rest ?? this.#pong
      if (frame && frame === this.#pong) this.#pong = undefined
      if (!frame) {
        const end = this.#endOfFrame(at, maxBytes)
        if (end === at) break
        frame = this.#frameOf(at, end)
        at = end
      }
      const left = maxBytes - bytes
      const chunk = frame.length > left ? frame.subarray(0, left) : frame
      this.#rest = chunk === frame ? undefined : frame.subarray(left)
      chunks.push(chunk)
      bytes += chunk.length
    }
    this.#queue = at === this.#queue.length ? [] : this.#queue.slice(at)
    this.#socket.write(chunks)
    return bytes
  }

  /** Where the frame ends that begins at this place of the queue: of neighbouring items, about `maxBytes` share one. */
  #endOfFrame(start: number, maxBytes: number): number {
    let end = start
    for (let bytes = 0; bytes < maxBytes; end++) {
      const part = this.#queue[end]
      if (typeof part !== 'string') return end === start && part ? end + 1 : end
      bytes += part.length
    }
    return end
  }

  /** Takes a frame out of the books. */
  #frameOf(start: number, end: number): Buffer {
    const first = this.#queue[start]
    if (first instanceof Buffer) {
      this.#queuedBytes -= first.length
      this.#sharedBytes -= first.length
      return first
    }
    const items = this.#queue.slice(start, end) as string[]
    for (const { length } of items) this.#queuedBytes -= length
    const text = joinItems(items)
    const isCompressed = text.length >= this.#compressFromBytes && text.length <= MAX_COMPRESSED_CHARS
    return isCompressed ? deflatedFrame(text) : textFrame(text)
  }

  get #hasMore(): boolean {
    return this.#rest !== undefined || this.#pong !== undefined || this.#queue.length > 0
  }

  #wait(): void {
    if (this.#isTooMuch) {
      this.#drop()
      this.#owner.onSlow()
    } else if (!this.#isBehind) {
      this.#isBehind = true
      // Others than this may have written last; so that somebody asks to be told.
      this.#socket.write([])
    }
  }

  #put(part: Buffer | string): void {
    const wasTooMuch = this.#isBehind && this.#isTooMuch
    // Own items don't wait with the news that they come behind.
    const isDue = !this.#hasMore || (typeof part === 'string' && this.mayWait)
    this.#queue.push(part)
    this.#queuedBytes += part.length
    if (typeof part !== 'string') this.#sharedBytes += part.length
    // Behind, only the bound is worth a flush, and only once: the rest goes when the socket can take it.
    if (this.#isBehind ? !wasTooMuch && this.#isTooMuch : isDue) this.#flusher.requestFlush(this)
  }

  /**
   * More waits than may, behind a socket that doesn't take it: news, or what it asked for itself, which comes in turns. The
   * frame under way isn't among it.
   */
  get #isTooMuch(): boolean {
    return this.#sharedBytes > this.#maxQueuedBytes || this.#queuedBytes - this.#sharedBytes > MAX_OWN_BYTES
  }
}

/** What a socket is given at a time: at 10 s for a write, whoever takes 7 KB a second goes on. */
const PIECE_BYTES = 64 * 1024

/** Four answers of a hundred of the longest messages, and room for short replies. */
const MAX_OWN_BYTES = 16 * 1024 * 1024

/** What is longer isn't compressed, because nobody else is served meanwhile: this takes some 4 ms. */
const MAX_COMPRESSED_CHARS = 256 * 1024

/** What one socket may take of a flush, so that the others get their turn. */
const MAX_FLUSH_BYTES = 1024 * 1024

// --- types ---

export interface OutboundOptions {
  socket: OutboundSocket
  flusher: FlushRequests
  /** In bytes; 1 MiB unless set otherwise. */
  maxQueuedBytes: number
  owner: OutboundOwner
  /** Of the other end that takes it, own frames of so many characters or more are compressed; 0: none. */
  compressFromBytes: number
}

/** Whose queue it is. */
export interface OutboundOwner {
  /** The socket doesn't take the news that is meant for it (G9). Told once. */
  onSlow(): void
  /** Little waits. Told whenever it is so after a flush. */
  onLow(): void
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
