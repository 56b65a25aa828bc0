/** FakeNetwork: a transport whose other end is held by the test. */
import { type DownItem, encodeItem, joinItems, type UpFrame } from '@parlor/protocol'
import type { Transport, TransportHandlers } from '../transport.ts'

export interface FakeNetwork extends Transport {
  /** Every socket that was opened, oldest first. */
  readonly sockets: FakeSocket[]
  /** The newest one. */
  readonly socket: FakeSocket
}

export interface FakeSocket {
  readonly url: string
  readonly subprotocol: string
  /** Whose it is, as the client said. */
  readonly who: string | undefined
  readonly sent: UpFrame[]
  /** What the client closed it with; undefined while it hasn't. */
  readonly closedWith: number | undefined
  /** Neither end has closed it. */
  readonly isOpen: boolean
  accept(): void
  /** One frame of these items. */
  say(...items: DownItem[]): void
  /** The service, or the network, ends it. */
  end(code: number, reason?: string): void
  /** The frames of one type, oldest first. */
  all<T extends UpFrame['type']>(type: T): Extract<UpFrame, { type: T }>[]
  /** The newest frame of this type. */
  last<T extends UpFrame['type']>(type: T): Extract<UpFrame, { type: T }>
}

export function createFakeNetwork(onSent: (socket: FakeSocket, frame: UpFrame) => void = () => {}): FakeNetwork {
  const sockets: FakeSocket[] = []
  return {
    sockets,
    get socket() {
      return must(sockets.at(-1), 'a socket')
    },
    open(url, subprotocol, handlers, who) {
      const socket = createSocket(url, subprotocol, handlers, who)
      sockets.push(socket)
      return {
        send(text) {
          if (socket.closedWith !== undefined) return
          const frame = JSON.parse(text) as UpFrame
          socket.sent.push(frame)
          onSent(socket, frame)
        },
        close: (code) => socket.closeFromClient(code),
      }
    },
  }
}

function createSocket(url: string, subprotocol: string, handlers: TransportHandlers, who: string | undefined) {
  const sent: UpFrame[] = []
  let closedWith: number | undefined
  let hasEnded = false
  const all = <T extends UpFrame['type']>(type: T) =>
    sent.filter((frame): frame is Extract<UpFrame, { type: T }> => frame.type === type)
  return {
    url,
    subprotocol,
    who,
    sent,
    get closedWith() {
      return closedWith
    },
    get isOpen() {
      return closedWith === undefined && !hasEnded
    },
    accept: () => handlers.opened(),
    say(...items: DownItem[]) {
      if (closedWith === undefined) handlers.message(joinItems(items.map(encodeItem)))
    },
    end(code: number, reason = '') {
      hasEnded = true
      handlers.closed(code, reason)
    },
    all,
    last: <T extends UpFrame['type']>(type: T) => must(all(type).at(-1), `a frame ${type}`),
    closeFromClient(code: number) {
      closedWith = code
    },
  }
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`)
  return value
}
