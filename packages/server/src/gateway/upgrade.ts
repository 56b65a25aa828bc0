/** Upgrade decides whether an HTTP upgrade becomes a connection: path, subprotocol, origin, limits. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, SUBPROTOCOL, WS_PATH } from '@parlor/protocol'
import { isOriginAllowed, type OriginRule } from '../auth/origin.ts'

/** Why this upgrade is refused; undefined when it isn't. Addresses are counted by the caller, who knows them. */
export function findUpgradeRefusal(request: IncomingMessage, options: UpgradeOptions): UpgradeRefusal | undefined {
  const path = (request.url ?? '').split('?', 1)[0]
  if (path !== WS_PATH) return { status: 404, text: `The WebSocket is at ${WS_PATH}.` }
  if (options.isDraining)
    return { status: 503, text: 'The service is restarting; come back in a moment.', retryAfter: 2 }
  const { origin } = request.headers
  if (!isOriginAllowed(origin, options.origins, { cookieSignIn: false }))
    return { status: 403, text: originHint(origin), code: 'origin_refused' }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  if (!offered.includes(SUBPROTOCOL))
    return { status: 400, text: `Offer the subprotocol ${SUBPROTOCOL}.`, code: 'bad_frame' }
  return undefined
}

/** Answers an upgrade with an HTTP status and a line of text, and closes. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const { status, text, retryAfter } = refusal
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'X-Content-Type-Options: nosniff',
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
  ]
  socket.once('finish', () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.end(`${headers.join('\r\n')}\r\n\r\n${text}`)
}

/** What a developer has to write so that this origin may connect. */
export function originHint(origin: string | undefined): string {
  return origin === undefined || origin === 'null'
    ? 'Pages without an origin of their own can not connect.'
    : `Add ${origin.slice(0, 300)} to ALLOWED_ORIGINS of the chat service.`
}

// --- types ---

export interface UpgradeOptions {
  origins: readonly OriginRule[]
  isDraining: boolean
}

export interface UpgradeRefusal {
  status: number
  text: string
  /** For the log. */
  code?: ErrorCode
  /** Seconds. */
  retryAfter?: number
}
