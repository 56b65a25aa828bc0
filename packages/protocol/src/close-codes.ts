/** Every close code and what a client does after it. */

/**
 * `reconnect` with backoff; `wait` for the `retryAfterMs` of the error that came before, or as `reconnect`; `refresh` the
 * token once, then reconnect; `final`: don't come back by yourself, and say why.
 */
export type CloseAction = 'reconnect' | 'wait' | 'refresh' | 'final'

export const CLOSE_CODES = {
  normal: [1000, 'final', 'The client closed.'],
  goingAway: [1001, 'reconnect', 'The page or the service goes away.'],
  protocolError: [1002, 'final', 'The WebSocket protocol was broken.'],
  abnormal: [1006, 'reconnect', 'The connection was lost; never sent, only seen.'],
  invalidUtf8: [1007, 'final', 'A text frame was not UTF-8.'],
  policy: [1008, 'final', 'Too many fragments, or another broken rule.'],
  tooBig: [1009, 'final', 'A frame was larger than the limit.'],
  restart: [1012, 'reconnect', 'The service restarts.'],
  tryLater: [1013, 'wait', 'The service is overloaded.'],
  badFrames: [4400, 'final', 'Too many frames that were no commands.'],
  expired: [4401, 'refresh', 'The token expired, or was refused.'],
  revoked: [4403, 'final', 'The session was signed out, or the token names somebody else.'],
  version: [4406, 'final', 'The client speaks no version of the protocol that the service speaks.'],
  helloTimeout: [4408, 'reconnect', 'No `hello` came in time.'],
  flooding: [4429, 'wait', 'The client kept sending above its rate.'],
  slow: [4430, 'reconnect', 'The client read too slowly; it resumes where it was.'],
} as const satisfies Record<string, readonly [number, CloseAction, string]>

export type CloseName = keyof typeof CLOSE_CODES

/** What to do after a close code; unknown codes below 4000 reconnect, unknown ones of ours are final. */
export function closeAction(code: number): CloseAction {
  const known = Object.values(CLOSE_CODES).find(([number]) => number === code)
  if (known) return known[1]
  return code >= 4000 ? 'final' : 'reconnect'
}
