/** Every error code: what it means and what to do about it. Codes are API: they are never renamed. */

/**
 * What a client does with an error: `retry` the same command with backoff, `wait` for `retryAfterMs` and retry,
 * `refresh` the token, or `tell` the person, because the same command will fail again.
 */
export type ErrorAction = 'retry' | 'wait' | 'refresh' | 'tell'

export const ERRORS = {
  // frames
  bad_frame: ['tell', 'The frame is not a JSON object with a type and a ref.'],
  unknown_command: ['tell', 'The service does not know this command; it may be older than the client.'],
  invalid: ['tell', 'A field of the command is missing, unknown or wrong; `field` names it.'],
  hello_required: ['tell', 'The first command must be `hello`.'],
  hello_repeated: ['tell', 'This connection has said `hello` already; refresh the token with `session.refresh`.'],
  // sign-in
  token_missing: ['tell', 'No token was given.'],
  token_malformed: ['tell', 'The token is not one that this service reads.'],
  token_unsupported: ['tell', 'Tokens of this kind or algorithm are not enabled on this service.'],
  secret_mismatch: ['tell', 'The token was made with another secret than the service has.'],
  wrong_salt: ['tell', 'The token was made for another cookie name than the service expects.'],
  subject_missing: ['tell', 'The token has no usable `sub`, so it names nobody.'],
  wrong_audience: ['tell', 'The token was made for something else than this chat.'],
  expired: ['refresh', 'The token has expired; get a new one.'],
  not_yet_valid: ['refresh', 'The token is not valid yet; a clock is wrong.'],
  session_revoked: ['tell', 'This session was signed out.'],
  user_changed: ['tell', 'The new token names another user or session.'],
  origin_refused: ['tell', 'Pages of this origin may not connect; add it to ALLOWED_ORIGINS.'],
  // rooms
  room_not_found: ['tell', 'There is no such room, or it is not open to this user.'],
  removed: ['tell', 'The user was removed from this room; join it again to come back.'],
  forbidden: ['tell', 'The role in this room does not allow this.'],
  member_not_found: ['tell', 'That user is not a member of this room.'],
  last_owner: ['tell', 'A room keeps at least one owner; give somebody else the role first.'],
  too_many_rooms: ['tell', 'This connection has as many rooms open as the service allows; close one.'],
  // messages
  message_empty: ['tell', 'A message needs text or data.'],
  message_too_long: ['tell', 'The text is longer than the service takes.'],
  message_not_found: ['tell', 'There is no such message in this room.'],
  message_deleted: ['tell', 'The message was deleted.'],
  id_conflict: ['tell', 'This id was used for another message.'],
  cancelled: ['tell', 'This message was taken back, or refused for good, under this id; send it under a new one.'],
  gone: ['tell', 'The message with this id is no longer kept.'],
  out_of_order: ['retry', 'The message before this one is not stored yet; send that first.'],
  edit_conflict: ['tell', 'The message was edited since; read it again and repeat the edit.'],
  reaction_limit: ['tell', 'This message has as many reactions as the service keeps.'],
  // load and faults
  rate_limited: ['wait', 'Too many of these in a short time; wait for `retryAfterMs`.'],
  too_many_connections: ['wait', 'Too many connections of this user or address.'],
  unavailable: ['retry', 'The service cannot reach its database now. The outcome is unknown: retry with the same id.'],
  timeout: ['retry', 'The service did not finish in time. The outcome is unknown: retry with the same id.'],
  internal: ['retry', 'Something went wrong in the service; its log has more under this id.'],
} as const satisfies Record<string, readonly [ErrorAction, string]>

export type ErrorCode = keyof typeof ERRORS

/** An error as it travels. */
export interface WireError {
  code: ErrorCode
  /** One sentence for a developer. */
  message: string
  /** True for the actions `retry`, `wait` and `refresh`. */
  retryable: boolean
  /** What to do next, where there is more to say than `message` does. */
  hint?: string
  /** The field at fault, as a path: `rooms.0.epoch`. */
  field?: string
  /** For `rate_limited`: how long to wait, in ms. */
  retryAfterMs?: number
}

/** An error of ours: thrown by the service's features and by the client's promises alike. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, details: ChatErrorDetails = {}) {
    super(details.message ?? ERRORS[code][1], details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.field = details.field
    this.retryAfterMs = details.retryAfterMs
  }

  /** What a client does with it. */
  get action(): ErrorAction {
    return ERRORS[this.code][0]
  }

  /** Whether the same command can succeed later. */
  get retryable(): boolean {
    return this.action !== 'tell'
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.field !== undefined && { field: this.field }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    }
  }

  /** The error that a wire error stands for. A code that this version doesn't know is taken by its `retryable`. */
  static fromWire(error: WireError): ChatError {
    const unknown = error.retryable ? 'internal' : 'invalid'
    return new ChatError(Object.hasOwn(ERRORS, error.code) ? error.code : unknown, error)
  }
}

// --- types ---

export interface ChatErrorDetails {
  message?: string
  hint?: string | undefined
  field?: string | undefined
  retryAfterMs?: number | undefined
  cause?: unknown
}
