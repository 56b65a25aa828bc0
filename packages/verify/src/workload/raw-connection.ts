/** RawConnection speaks the protocol over one socket and nothing more: no client stands between it and the service. */
import { ChatError, type Transport } from '@parlor/client'
import type { WireItem } from '../log.ts'

/**
 * Opens a socket and signs in. Rejects with a `ChatError`: the one of the service's answer, or `connection_failed` when
 * there is none in time.
 */
export function openRaw(options: RawOptions): Promise<RawConnection> {
  const connection = new RawConnection(options)
  return connection.welcomed.then(() => connection)
}

export class RawConnection {
  /** What `hello` answered. */
  readonly welcomed: Promise<WireItem>
  /** Fulfilled when it is over. */
  readonly closed: Promise<void>
  readonly #socket: ReturnType<Transport['open']>
  readonly #tellClosed: () => void
  readonly #asked = new Map<number, Asked>()
  #ref = 0
  #isOver = false

  constructor({ transport, url, token, rooms, onItem }: RawOptions) {
    const closed = Promise.withResolvers<void>()
    const welcomed = Promise.withResolvers<WireItem>()
    this.closed = closed.promise
    this.#tellClosed = closed.resolve
    this.welcomed = welcomed.promise
    const timer = setTimeout(() => this.close(), SIGN_IN_MS)
    this.#socket = transport.open(url, 'parlor.v1', {
      opened: () => {
        const named = rooms && rooms.length > 0 ? { rooms } : {}
        this.ask({ type: 'hello', token, client: '@parlor/verify', ...named }).then(welcomed.resolve, welcomed.reject)
      },
      message: (text) => {
        for (const item of JSON.parse(text) as WireItem[]) this.#receive(item, onItem)
      },
      closed: () => {
        clearTimeout(timer)
        this.#end()
        welcomed.reject(new ChatError('connection_failed'))
        closed.resolve()
      },
    })
    welcomed.promise.then(
      () => clearTimeout(timer),
      () => this.close(),
    )
  }

  get isOpen(): boolean {
    return !this.#isOver
  }

  /**
   * The result of a command. Rejects with a `ChatError`; `connection_lost` when the connection ends before the answer.
   * `onResult` is called before anything that follows in the same frame is read; whoever awaits the promise comes later.
   */
  ask(command: Omit<WireItem, 'ref'>, onResult?: (result: WireItem) => void): Promise<WireItem> {
    if (this.#isOver) return Promise.reject(new ChatError('connection_lost'))
    this.#ref += 1
    const answer = { ...Promise.withResolvers<WireItem>(), onResult }
    this.#asked.set(this.#ref, answer)
    this.#socket.send(JSON.stringify({ ...command, ref: this.#ref }))
    return answer.promise
  }

  /** Over for this side at once; the other side's answer isn't waited for. */
  close(): void {
    this.#end()
    this.#socket.close(1000, '')
    this.#tellClosed()
  }

  #receive(item: WireItem, onItem: RawOptions['onItem']): void {
    if (item.ref === undefined) {
      onItem?.(item)
      return
    }
    const answer = this.#asked.get(item.ref)
    this.#asked.delete(item.ref)
    if (item.ok) {
      answer?.onResult?.(item.ok)
      answer?.resolve(item.ok)
    } else answer?.reject(ChatError.fromWire(item.error))
  }

  #end(): void {
    this.#isOver = true
    for (const { reject } of this.#asked.values()) reject(new ChatError('connection_lost'))
    this.#asked.clear()
  }
}

/** From the first byte to the welcome, as @parlor/client waits. */
const SIGN_IN_MS = 15_000

// --- types ---

type Asked = PromiseWithResolvers<WireItem> & { onResult: ((result: WireItem) => void) | undefined }

export interface RawOptions {
  transport: Transport
  url: string
  token: string
  /** Where to go on: the `rooms` of `hello`. */
  rooms?: WireItem[]
  /** Events and pushes. */
  onItem?: (item: WireItem) => void
}
