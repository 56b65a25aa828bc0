/** @parlor/server/testing: a real service on a free port, and tokens for it, for tests of apps and clients. */
import { CHAT_TOKEN_ALGORITHM, CHAT_TOKEN_AUDIENCE, CHAT_TOKEN_TYPE, SERVER_TOKEN_TYPE } from '@parlor/protocol'
import { SignJWT } from 'jose'
import { deriveTokenKey } from '../auth/secrets.ts'
import type { Config } from '../config.ts'
import { createLog, type LogDestination } from '../log.ts'
import { type ChatServer, type ChatServerOptions, createChatServer } from '../server.ts'

/**
 * Starts a service with the memory store, a secret of its own, generous limits and no log. Close it when done.
 *
 * ```ts
 * const chat = await startTestServer()
 * const client = createChatClient({ url: chat.url, getToken: () => chat.mintToken('ada') })
 * await chat.close()
 * ```
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { config, secret = TEST_SECRET, log, port = 0, env, ...rest } = options
  const server = await createChatServer({
    log: log ? createLog('debug', log) : createLog('silent'),
    env: { AUTH_SECRET: secret, ...env },
    ...rest,
    config: { databaseUrl: 'memory:', ...GENEROUS, ...config },
  })
  const listening = await server.listen(port, '127.0.0.1')
  return {
    server,
    url: `http://127.0.0.1:${listening.port}`,
    port: listening.port,
    secret,
    mintToken: (userId, claims) => mint(secret, CHAT_TOKEN_TYPE, { sub: userId, name: userId, ...claims }),
    mintServerToken: () => mint(secret, SERVER_TOKEN_TYPE, {}),
    close: () => server.close(),
  }
}

/** A secret that nobody else has: 32 bytes of base64, as `openssl rand -base64 32` makes them. */
const TEST_SECRET = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')

/** Tests send faster than people. */
const GENEROUS: Partial<Config> = {
  framesPerSecond: 10_000,
  framesBurst: 100_000,
  sendsPerSecond: 10_000,
  sendsBurst: 100_000,
  roomSendsPerSecond: 100_000,
  maxNewConnectionsPerIp: 10_000,
  arrivalsPerSecond: 100_000,
  maxUnauthenticatedPerIp: 10_000,
  maxConnectionsPerUser: 1_000,
  publicRooms: ['general', 'public-*'],
}

function mint(secret: string, typ: string, claims: TestClaims): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return new SignJWT({ aud: CHAT_TOKEN_AUDIENCE, iat, exp: iat + 600, ...claims })
    .setProtectedHeader({ alg: CHAT_TOKEN_ALGORITHM, typ })
    .sign(deriveTokenKey(secret))
}

// --- types ---

export interface TestServerOptions extends Omit<ChatServerOptions, 'log'> {
  config?: Partial<Config>
  /** Default: one made for this process. */
  secret?: string
  /** Where log lines go, at level debug. */
  log?: LogDestination
  /** Default 0: a free one. */
  port?: number
}

export interface TestServer {
  server: ChatServer
  /** The service's base address. */
  url: string
  port: number
  secret: string
  /** A chat token of ten minutes; `claims` override any claim (`exp` and `iat` in seconds). */
  mintToken(userId: string, claims?: TestClaims): Promise<string>
  /** A token of the app's server. */
  mintServerToken(): Promise<string>
  close(): Promise<void>
}

export type TestClaims = { [claim: string]: string | number | undefined }
