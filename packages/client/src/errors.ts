/** ChatError: everything that a client's promises reject with, and what its snapshots carry. */
import { ERRORS, type ErrorAction, type ErrorCode, type WireError } from '@parlor/protocol'

/** Errors that only a client can know. Codes are API: they are never renamed. */
export const CLIENT_ERRORS = {
  // the app's token route
  signed_out: ['tell', 'Nobody is signed in: the token route answered 401, or `getToken` gave null.'],
  token_route_redirected: ['tell', 'The token route answered with a redirect or a page instead of JSON.'],
  token_route_missing: ['tell', 'There is no token route at this address, or it takes no POST.'],
  token_route_refused: ['tell', 'The token route refused the request.'],
  token_route_invalid: ['tell', 'The token route answered with JSON that holds no token.'],
  token_route_failed: ['retry', 'The token route could not be reached, or failed; it is tried again.'],
  // the connection
  address_refused: ['tell', 'The browser refused to open this address: an https page needs a wss or https one.'],
  websocket_missing: ['tell', 'This runtime has no `WebSocket`: browsers, React Native and Node.js from 22 on do.'],
  connection_failed: ['retry', 'The service could not be reached; it is tried again.'],
  connection_lost: ['retry', 'The connection broke before the answer came. The outcome is unknown.'],
  connection_closed: ['tell', 'The service closed the connection for good.'],
  version_unsupported: ['tell', 'The service and this client speak no common version of the protocol; update one.'],
  offline: ['retry', 'There is no connection now, so this could not be asked.'],
  client_closed: ['tell', 'The client was destroyed before this was finished.'],
  // messages
  discarded: ['tell', 'The message was discarded before it was stored.'],
  message_pending: ['tell', 'The message is still being sent; change it when it is stored.'],
} as const satisfies Record<string, readonly [ErrorAction, string]>

export type ClientErrorCode = keyof typeof CLIENT_ERRORS

/** The one error class of the client; `code` is API, `message` is for developers. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ErrorCode | ClientErrorCode
  /** What to do next, where there is more to say than the message does. */
  readonly hint: string | undefined
  /** The field at fault, as a path. */
  readonly field: string | undefined
  /** How long to wait before the same can succeed, in ms. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode | ClientErrorCode, details: ChatErrorDetails = {}) {
    super(details.message ?? ALL[code][1], details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.field = details.field
    this.retryAfterMs = details.retryAfterMs
  }

  /** What the client does with it. */
  get action(): ErrorAction {
    return ALL[this.code][0]
  }

  /** Whether the same can succeed later. */
  get retryable(): boolean {
    return this.action !== 'tell'
  }

  /** The error that a wire error stands for. A code of a newer service becomes `internal` or `invalid`, by `retryable`. */
  static fromWire(error: WireError): ChatError {
    const fallback = error.retryable ? 'internal' : 'invalid'
    return new ChatError(Object.hasOwn(ERRORS, error.code) ? error.code : fallback, error)
  }
}

const ALL: Record<ErrorCode | ClientErrorCode, readonly [ErrorAction, string]> = { ...ERRORS, ...CLIENT_ERRORS }

// --- types ---

export interface ChatErrorDetails {
  message?: string | undefined
  hint?: string | undefined
  field?: string | undefined
  retryAfterMs?: number | undefined
  cause?: unknown
}
