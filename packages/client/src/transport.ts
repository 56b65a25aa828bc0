/** Transport: how a client opens a socket to the service. */
import { ChatError } from './errors.ts'

export interface Transport {
  /**
   * Opens a socket. The handlers are called later, never from inside `open`; `closed` exactly once, and last. `who` says
   * whose it is, where that is known before the service has said it: one person's pages may share a connection.
   */
  open(url: string, subprotocol: string, handlers: TransportHandlers, who?: string): TransportSocket
}

export interface TransportHandlers {
  opened(): void
  message(text: string): void
  closed(code: number, reason: string): void
}

export interface TransportSocket {
  send(text: string): void
  /** Codes 1000 and 3000 to 4999 only: a browser allows no other. */
  close(code: number, reason: string): void
}

/** The global `WebSocket`: browsers, workers, React Native, Node 22 and later. */
export const webSocketTransport: Transport = {
  open(url, subprotocol, handlers) {
    if (typeof WebSocket === 'undefined') throw new ChatError('websocket_missing')
    const socket = new WebSocket(url, subprotocol)
    socket.onopen = () => handlers.opened()
    socket.onmessage = (event: MessageEvent) => {
      if (typeof event.data === 'string') handlers.message(event.data)
    }
    socket.onclose = (event) => handlers.closed(event.code, event.reason)
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    }
  },
}
