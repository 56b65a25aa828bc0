/** TokenSource: gets the user's token from the app, and keeps it for as long as it can be used. */
import type { ChatTokenResponse } from '@parlor/protocol'
import { ChatError } from './errors.ts'
import type { Runtime } from './runtime.ts'
import type { ChatClientOptions, TokenResult } from './types.ts'

export interface TokenSource {
  /** The kept token, or a new one; undefined where the session cookie signs in. Rejects with a `ChatError`. */
  get(): Promise<string | undefined>
  /** A new token, whatever is kept. */
  renew(): Promise<string | undefined>
  /** The service accepted the token: it is good for this long. */
  accepted(lifeMs: number): void
  /** The token was refused, or the user may be another: forget it. */
  invalidate(): void
}

/** Where `createTokenRoute` of @parlor/next is mounted unless the app says otherwise. */
const DEFAULT_TOKEN_URL = '/api/chat/token'

/** A token that ends sooner than this is not worth a connection. */
const LEAST_LIFE_MS = 10_000

const REQUEST_TIMEOUT_MS = 15_000

export function createTokenSource(options: ChatClientOptions, runtime: Pick<Runtime, 'fetch' | 'clock'>): TokenSource {
  const { getToken, tokenUrl = DEFAULT_TOKEN_URL } = options
  let kept: Kept | undefined
  let running: Promise<string | undefined> | undefined

  const load = async (): Promise<string | undefined> => {
    if (!getToken && tokenUrl === null) return undefined
    const result = getToken ? await ask(getToken) : await post(tokenUrl ?? DEFAULT_TOKEN_URL, runtime)
    if (result === null) throw new ChatError('signed_out')
    const { token, expiresAt } = typeof result === 'string' ? { token: result } : result
    if (typeof token !== 'string' || token === '') throw new ChatError('token_route_invalid')
    kept = { token, untilMs: expiresAt ?? Number.POSITIVE_INFINITY }
    return token
  }

  // One request at a time: a renewal and a reconnect may ask at once.
  const renew = (): Promise<string | undefined> => {
    running ??= load().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    async get() {
      return kept && kept.untilMs - runtime.clock.now() > LEAST_LIFE_MS ? kept.token : await renew()
    },
    renew,
    accepted(lifeMs) {
      if (kept) kept.untilMs = runtime.clock.now() + lifeMs
    },
    invalidate() {
      kept = undefined
    },
  }
}

async function ask(getToken: NonNullable<ChatClientOptions['getToken']>): Promise<TokenResult> {
  try {
    return await getToken()
  } catch (cause) {
    if (cause instanceof ChatError) throw cause
    throw new ChatError('token_route_failed', { message: '`getToken` failed; it is tried again.', cause })
  }
}

async function post(url: string, runtime: Pick<Runtime, 'fetch' | 'clock'>): Promise<ChatTokenResponse> {
  const stop = new AbortController()
  const stopTimer = runtime.clock.after(REQUEST_TIMEOUT_MS, () => stop.abort())
  try {
    const response = await runtime.fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json' },
      // A redirect means a sign-in page: followed, it would look like an answer.
      redirect: 'manual',
      signal: stop.signal,
    })
    return await read(url, response)
  } catch (cause) {
    if (cause instanceof ChatError) throw cause
    throw new ChatError('token_route_failed', { hint: `POST ${url} could not be answered.`, cause })
  } finally {
    stopTimer()
  }
}

async function read(url: string, response: Response): Promise<ChatTokenResponse> {
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) throw redirected(url)
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  const body: unknown = isJson ? await response.json() : undefined
  const hint = hintOf(body)
  if (status === 401) throw new ChatError('signed_out', { hint })
  if (status === 404 || status === 405) {
    throw new ChatError('token_route_missing', { hint: hint ?? `Add the route that answers POST ${url}.` })
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new ChatError('token_route_failed', { hint: hint ?? `POST ${url} answered ${status}.` })
  }
  if (status >= 400) throw new ChatError('token_route_refused', { hint: hint ?? `POST ${url} answered ${status}.` })
  if (!isJson) throw redirected(url)
  if (typeof body !== 'object' || body === null) throw new ChatError('token_route_invalid')
  return body as ChatTokenResponse
}

function redirected(url: string): ChatError {
  return new ChatError('token_route_redirected', {
    hint: `Leave ${url} out of what your proxy.ts (middleware.ts) protects: the route itself answers 401.`,
  })
}

/** What the route itself says about its refusal. */
function hintOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { hint, message } = body as { hint?: unknown; message?: unknown }
  if (typeof hint === 'string') return hint
  return typeof message === 'string' ? message : undefined
}

// --- types ---

interface Kept {
  token: string
  /** Ms since 1970, by this device's clock as soon as the service accepted it. */
  untilMs: number
}
