/** RecordingTransport: a client's sockets, each frame of which is logged; they can be cut and held back. */
import type { Transport, TransportHandlers, TransportSocket } from '@parlor/client'
import type { WireItem } from '../log.ts'
import type { Recorder } from './recorder.ts'

export class RecordingTransport implements Transport {
  readonly #inner: Transport
  readonly #recorder: Recorder
  readonly #who: Who
  readonly #open = new Set<RecordedSocket>()
  #isPaused = false
  #cutsBehind: string | undefined

  constructor(recorder: Recorder, who: Who, inner: Transport = globalTransport) {
    this.#recorder = recorder
    this.#who = who
    this.#inner = inner
  }

  open(url: string, subprotocol: string, handlers: TransportHandlers): TransportSocket {
    const socket = new RecordedSocket(this.#recorder, this.#who, handlers, {
      ended: () => this.#open.delete(socket),
      sent: ({ type }) => {
        if (type !== this.#cutsBehind) return
        this.#cutsBehind = undefined
        // Not under the client's hands.
        queueMicrotask(() => socket.cut())
      },
    })
    this.#open.add(socket)
    socket.start(this.#inner.open(url, subprotocol, socket))
    if (this.#isPaused) socket.pause()
    return socket
  }

  /** Ends every socket as a network does that goes away: what was on its way may or may not have arrived. */
  cut(): void {
    for (const socket of [...this.#open]) socket.cut()
  }

  /** Cuts the socket on which the next command of this type goes out, right behind it: nobody learns how it ended. */
  cutBehind(type: string): void {
    this.#cutsBehind = type
  }

  /** The reader stops reading: what comes is logged and waits. */
  pause(): void {
    this.#isPaused = true
    for (const socket of this.#open) socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    for (const socket of [...this.#open]) socket.resume()
  }
}

/** One socket, between the client and the transport that it would have had. */
class RecordedSocket implements TransportSocket, TransportHandlers {
  readonly #recorder: Recorder
  readonly #who: Who
  readonly #handlers: TransportHandlers
  readonly #owner: SocketOwner
  readonly #id: string
  /** What waits for a paused reader. */
  readonly #held: (() => void)[] = []
  #inner: TransportSocket | undefined
  #isPaused = false
  /** Over for the log: `closed` is written once, and nothing after it. */
  #isLogged = false
  /** Over for the client. */
  #isTold = false

  constructor(recorder: Recorder, who: Who, handlers: TransportHandlers, owner: SocketOwner) {
    this.#recorder = recorder
    this.#who = who
    this.#handlers = handlers
    this.#owner = owner
    this.#id = recorder.nextConnection()
  }

  start(inner: TransportSocket): void {
    this.#inner = inner
  }

  opened(): void {
    if (this.#isLogged) return
    const { client, user } = this.#who
    this.#recorder.write({ type: 'opened', connection: this.#id, client, user })
    this.#hand(() => this.#handlers.opened())
  }

  message(text: string): void {
    if (this.#isLogged) return
    const items = parseItems(text)
    if (items.length > 0) this.#recorder.write({ type: 'received', connection: this.#id, items })
    this.#hand(() => {
      this.#who.onReceived?.(items)
      this.#handlers.message(text)
    })
  }

  closed(code: number, reason: string): void {
    this.#log(code, 'service')
    this.#hand(() => this.#tell(code, reason))
  }

  send(text: string): void {
    const item = JSON.parse(text) as WireItem
    this.#who.onSent?.(item)
    if (!this.#isLogged) this.#recorder.write({ type: 'sent', connection: this.#id, item: withoutToken(item) })
    this.#inner?.send(text)
    this.#owner.sent(item)
  }

  close(code: number, reason: string): void {
    this.#log(code, 'run')
    this.#inner?.close(code, reason)
  }

  cut(): void {
    if (this.#isLogged) return
    this.#log(1006, 'run')
    this.#held.length = 0
    // 1000 here: a global WebSocket may send no other code below 3000, and the service learns that it is over.
    this.#inner?.close(1000, '')
    this.#tell(1006, 'cut')
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    for (const hand of this.#held.splice(0)) hand()
  }

  #hand(run: () => void): void {
    if (this.#isPaused) this.#held.push(run)
    else run()
  }

  #log(code: number, by: 'service' | 'run'): void {
    if (this.#isLogged) return
    this.#isLogged = true
    this.#recorder.write({ type: 'closed', connection: this.#id, code, by })
  }

  #tell(code: number, reason: string): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#owner.ended()
    this.#handlers.closed(code, reason)
  }
}

/** The global `WebSocket`. */
export const globalTransport: Transport = {
  open(url, subprotocol, handlers) {
    const socket = new WebSocket(url, subprotocol)
    socket.onopen = () => handlers.opened()
    socket.onmessage = ({ data }) => handlers.message(String(data))
    socket.onclose = ({ code, reason }) => handlers.closed(code, reason)
    return { send: (text) => socket.send(text), close: (code, reason) => socket.close(code, reason) }
  },
}

/** What isn't an array of objects is logged as one item that is no item: a broken frame is a finding, too. */
function parseItems(text: string): WireItem[] {
  try {
    const items: unknown = JSON.parse(text)
    if (Array.isArray(items)) return items as WireItem[]
  } catch {
    // Below.
  }
  return [{ type: 'unreadable', text }]
}

function withoutToken(item: WireItem): WireItem {
  return 'token' in item ? { ...item, token: '…' } : item
}

// --- types ---

interface SocketOwner {
  ended(): void
  sent(item: WireItem): void
}

export interface Who {
  client: string
  user: string
  onSent?(item: WireItem): void
  /** When the client gets them. */
  onReceived?(items: readonly WireItem[]): void
}
