/** FaultPipe carries one direction of a connection: in order, late, slowly, or not at all for now. */
import type { Socket } from 'node:net'
import type { Network } from './fault-proxy.ts'

export class FaultPipe {
  /** Bytes handed to the other side. */
  bytes = 0
  readonly #from: Socket
  readonly #to: Socket
  readonly #network: Network
  readonly #queue: Chunk[] = []
  #queuedBytes = 0
  #isFlowing = false
  #isStopped = false
  #hasEnded = false
  /** When the throttle allows the next byte, in ms since 1970. */
  #freeAt = 0
  /** What may still pass before it tears. */
  #leftBytes = Number.POSITIVE_INFINITY
  #onTorn: () => void = () => {}
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, network: Network) {
    this.#from = from
    this.#to = to
    this.#network = network
    from.pause()
    from.on('data', (data: Buffer) => this.#take(data))
    from.on('end', () => {
      this.#hasEnded = true
      this.#pump()
    })
    to.on('drain', () => this.#pump())
  }

  /** While it doesn't flow, what comes waits in the kernel's buffers, and then in the sender's. */
  setFlowing(isFlowing: boolean): void {
    this.#isFlowing = isFlowing
    if (isFlowing) this.#from.resume()
    else this.#from.pause()
    this.#pump()
  }

  /** Lets this many more bytes pass, and then none: most likely in the middle of a frame. */
  tearAfter(bytes: number, onTorn: () => void): void {
    this.#leftBytes = bytes
    this.#onTorn = onTorn
  }

  /** Bytes that were taken and are still to be handed over. */
  get waitingBytes(): number {
    return this.#queuedBytes
  }

  /** The sending side is gone: what it sent before still arrives, and then the end. */
  endWhenEmpty(): void {
    this.#hasEnded = true
    this.#pump()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#queue.length = 0
    this.#queuedBytes = 0
  }

  #take(data: Buffer): void {
    this.#queue.push({ data, dueAt: Date.now() + this.#network.latencyMs })
    this.#queuedBytes += data.length
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#from.pause()
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    while (this.#isFlowing && !this.#isStopped) {
      const first = this.#queue[0]
      if (!first) {
        if (this.#hasEnded && !this.#to.writableEnded) this.#to.end()
        return
      }
      const waitMs = Math.max(first.dueAt, this.#freeAt) - Date.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs)
        return
      }
      if (this.#to.writableNeedDrain) return
      this.#write(first)
    }
  }

  #write(first: Chunk): void {
    const { bytesPerSecond } = this.#network
    const isThrottled = Number.isFinite(bytesPerSecond)
    const size = isThrottled ? Math.max(1, Math.floor(bytesPerSecond * SLICE_S)) : first.data.length
    const slice = first.data.subarray(0, Math.min(size, this.#leftBytes))
    const tears = slice.length === this.#leftBytes && slice.length < first.data.length
    this.#leftBytes -= slice.length
    first.data = first.data.subarray(size)
    if (first.data.length === 0) this.#queue.shift()
    this.#queuedBytes -= slice.length
    this.bytes += slice.length
    this.#to.write(slice)
    if (isThrottled) this.#freeAt = Math.max(this.#freeAt, Date.now()) + (slice.length / bytesPerSecond) * 1000
    if (this.#queuedBytes <= MAX_QUEUED_BYTES && this.#isFlowing) this.#from.resume()
    if (tears) this.#onTorn()
  }
}

/** What a throttled pipe takes in before the sender feels it: about a home router's buffer. */
const MAX_QUEUED_BYTES = 65_536

/** A throttled pipe writes twenty times a second. */
const SLICE_S = 0.05

interface Chunk {
  data: Buffer
  dueAt: number
}
