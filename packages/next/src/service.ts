/** One request to the chat service's HTTP API, with its outcome as a value or a ChatError. */
import { ChatError, type WireError } from '@parlor/protocol'

/**
 * @returns the JSON body
 * @throws ChatError: the service's own; `unavailable` when it can't be reached, `timeout`, or `internal` when what
 *   answers isn't the service
 */
export async function callService(call: ServiceCall): Promise<unknown> {
  const { url, path, token, method = 'GET', body, timeoutMs } = call
  let response: Response
  let text: string
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      // Followed, a redirect would turn a PUT into a GET.
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError') {
      throw new ChatError('timeout', {
        message: `The chat service at ${url} didn’t answer within ${timeoutMs} ms.`,
        cause,
      })
    }
    throw new ChatError('unavailable', { message: `The chat service at ${url} can’t be reached.`, cause })
  }
  const json = parse(text)
  if (response.ok && json !== undefined) return json
  const { error } = (json ?? {}) as { error?: WireError }
  if (error?.code && typeof error.message === 'string') throw ChatError.fromWire(error)
  const moved = response.headers.get('location')
  throw new ChatError(response.status >= 502 ? 'unavailable' : 'internal', {
    message: `${url}${path} answered ${response.status}, which isn’t the chat service’s way.`,
    hint: moved ? `It points to ${moved}: is that the address for PARLOR_URL?` : 'Is PARLOR_URL its address?',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// --- types ---

export interface ServiceCall {
  /** The service's address, without a slash at its end. */
  url: string
  /** Begins with `/v1/`. */
  path: string
  token: string
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  body?: unknown
  timeoutMs: number
}
