/** The HTTP side: health, metrics, the pre-flight check, snapshots for pages, and the API of the app's server. */
import { ChatError, type CheckResult, type ErrorCode, SUBPROTOCOL, uuidv7, WS_PATH } from '@parlor/protocol'
import { memberPutBody, messagePostBody, parseBody, revokeBody, roomUpsertBody } from '@parlor/protocol/schema'
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Authenticator } from '../auth/authenticate.ts'
import type { Identity } from '../auth/identity.ts'
import { isOriginAllowed, type OriginRule } from '../auth/origin.ts'
import type { Clock } from '../clock.ts'
import type { Members } from '../features/members/members.ts'
import type { Messages } from '../features/messages/messages.ts'
import type { Rooms } from '../features/rooms/rooms.ts'
import type { Sessions } from '../features/sessions/sessions.ts'
import type { Metrics } from '../metrics.ts'
import { readLimit, readRoomId, readUser, readUserId } from './http-params.ts'
import { originHint } from './upgrade.ts'

export function createHttp(options: HttpOptions): Express {
  const { auth, rooms, members, messages, sessions, metrics, clock, log } = options
  const app = express()
  app.disable('x-powered-by')
  app.use(helmet())
  app.use(express.json({ limit: MAX_BODY }))
  app.use((_request, response, next) => {
    // The answer is the last one on its connection: whoever asks again finds another node, or the next start.
    if (options.isDraining()) response.set('Connection', 'close')
    next()
  })

  app.get('/healthz', (_request, response) => void response.type('text').send('ok'))

  app.get('/readyz', async (_request, response) => {
    const problem = options.isDraining() ? 'draining' : await options.findProblem()
    response
      .status(problem ? 503 : 200)
      .type('text')
      .send(problem ?? 'ready')
  })

  app.get('/metrics', async (_request, response) => {
    const { type, text } = await metrics.read()
    response.type(type).send(text)
  })

  app.get('/v1/check', (request, response) => {
    response
      .set('Access-Control-Allow-Origin', '*')
      .set('Cache-Control', 'no-store')
      .json(check(request.headers.origin))
  })

  // --- a person's own reads, with their chat token ---

  app.get('/v1/rooms', async (request, response) => {
    const { user } = await options.authenticate(readBearer(request))
    sendPrivate(response, { rooms: await rooms.list({ user }) })
  })

  app.get('/v1/rooms/:roomId/snapshot', async (request, response) => {
    const { user } = await options.authenticate(readBearer(request))
    sendPrivate(response, await rooms.snapshot({ user }, readRoomId(request), readLimit(request)))
  })

  // --- the app's server, with its server token ---

  app.put('/v1/rooms/:roomId', async (request, response) => {
    await auth.authenticateServer(readBearer(request))
    const roomId = readRoomId(request)
    const { kind, name, members: named = [] } = parseBody(roomUpsertBody, request.body)
    const list = named.map(({ role, ...user }) => ({ user: readUser(user), role }))
    sendPrivate(response, await rooms.upsert({ roomId, kind, name, members: list }))
  })

  app.put('/v1/rooms/:roomId/members/:userId', async (request, response) => {
    await auth.authenticateServer(readBearer(request))
    const { role, ...profile } = parseBody(memberPutBody, request.body ?? {})
    const user = readUser({ id: readUserId(request), ...profile })
    sendPrivate(response, await members.add({ user, isServer: true }, readRoomId(request), user, role))
  })

  app.delete('/v1/rooms/:roomId/members/:userId', async (request, response) => {
    await auth.authenticateServer(readBearer(request))
    const userId = readUserId(request)
    const caller = { user: { id: userId, name: null, picture: null }, isServer: true }
    sendPrivate(response, await members.remove(caller, readRoomId(request), userId))
  })

  app.post('/v1/rooms/:roomId/messages', async (request, response) => {
    await auth.authenticateServer(readBearer(request))
    const { id = uuidv7(), user, text, data } = parseBody(messagePostBody, request.body)
    const draft = { roomId: readRoomId(request), id, text, data }
    sendPrivate(response, await messages.send({ user: readUser(user), isServer: true }, draft))
  })

  app.post('/v1/sessions/revoke', async (request, response) => {
    await auth.authenticateServer(readBearer(request))
    await sessions.revoke(parseBody(revokeBody, request.body).sid)
    sendPrivate(response, {})
  })

  app.all(WS_PATH, (request, response) => {
    if (request.method === 'GET') response.status(426).set('Upgrade', 'websocket')
    else response.status(405).set('Allow', 'GET')
    const error = new ChatError('invalid', { message: `Open a WebSocket here, with the subprotocol ${SUBPROTOCOL}.` })
    response.json({ error: error.toWire() })
  })

  app.use((_request, response) => {
    const error = new ChatError('invalid', { message: 'There is nothing at this address.' }).toWire()
    response.status(404).json({ error })
  })
  app.use(createErrorHandler(log))
  return app

  function check(origin: string | undefined): CheckResult {
    const base = { serverTime: clock.now(), protocols: [SUBPROTOCOL] }
    if (!isOriginAllowed(origin, options.origins))
      return { ...base, ok: false, code: 'origin_refused', hint: originHint(origin) }
    if (options.isDraining()) return { ...base, ok: false, code: 'draining', hint: 'The service restarts; try again.' }
    return { ...base, ok: true }
  }
}

/** Bytes of a request's body; body-parser's own default is 100 KB. */
const MAX_BODY = 262_144

/** What a page shows is for one reader only. */
function sendPrivate(response: Response, body: unknown): void {
  response.set('Cache-Control', 'private, no-store').json(body)
}

function readBearer(request: Request): string {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) throw new ChatError('token_missing')
  return token
}

function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = toChatError(thrown)
    if (error.code === 'internal') log.error({ err: thrown, path: request.route?.path }, 'a request failed')
    if (error.retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
    response.status(STATUS[error.code] ?? (error.code.startsWith('token_') ? 401 : 400))
    sendPrivate(response, { error: error.toWire() })
  }
}

/** Errors of Express and body-parser carry a status; those of 4xx are the caller's. */
function toChatError(thrown: unknown): ChatError {
  if (thrown instanceof ChatError) return thrown
  const status = (thrown as { status?: unknown } | null)?.status
  if (status === 413) return new ChatError('invalid', { message: `The body is larger than ${MAX_BODY} bytes.` })
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ChatError('invalid', {
      message: 'The request could not be read: is its body JSON, its address well formed?',
    })
  return new ChatError('internal', { cause: thrown })
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  secret_mismatch: 401,
  wrong_salt: 401,
  subject_missing: 401,
  wrong_audience: 401,
  expired: 401,
  not_yet_valid: 401,
  session_revoked: 401,
  room_not_found: 404,
  message_not_found: 404,
  member_not_found: 404,
  forbidden: 403,
  removed: 403,
  id_conflict: 409,
  cancelled: 409,
  last_owner: 409,
  gone: 410,
  rate_limited: 429,
  unavailable: 503,
  timeout: 503,
  internal: 500,
}

// --- types ---

export interface HttpOptions {
  auth: Authenticator
  /** Who a chat token names, revoked sign-ins refused. */
  authenticate(token: string): Promise<Identity>
  origins: readonly OriginRule[]
  rooms: Rooms
  members: Members
  messages: Messages
  sessions: Sessions
  metrics: Metrics
  clock: Clock
  log: Logger
  isDraining(): boolean
  /** Why the service can't keep its promises now; undefined when it can. */
  findProblem(): Promise<string | undefined>
}
