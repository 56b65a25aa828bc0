/** The harness of the conformance tests: a real service on a free port, raw sockets to it, and cleaning up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, createChatServer, createLog } from '@parlor/server'
import { describe, onTestFinished, vi } from 'vitest'
import type { ManualClock } from './manual-clock.ts'
import { openPeer, type Peer, type PeerOptions } from './peer.ts'
import { mintChatToken, mintServerToken, SECRET, type TokenChanges } from './tokens.ts'

// Only a bound for what hangs: a shared machine can be many times slower than a quiet one.
vi.setConfig({ testTimeout: 30_000 })

/** Runs the tests on every store: what holds must hold on each. */
export function onEveryStore(define: (store: StoreName) => void): void {
  for (const store of ['memory', 'sqlite'] as const) describe(store, () => define(store))
}

/** Starts a service for the test that is running; it stops with the test. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { store = 'memory', config = {}, clock, env = {}, hasDefaultLimits = false } = options
  const folder = store === 'sqlite' ? await mkdtemp(join(tmpdir(), 'parlor-')) : undefined
  const log: string[] = []
  const start = async () =>
    createChatServer({
      config: {
        databaseUrl: folder ? `file:${join(folder, 'parlor.db')}` : 'memory:',
        publicRooms: ['general', 'lobby-*'],
        logLevel: 'debug',
        ...(!hasDefaultLimits && GENEROUS),
        // A held clock would never end a gathering that it began.
        ...(clock && { flushMaxWaitMs: 0 }),
        ...config,
      },
      env: { AUTH_SECRET: SECRET, ALLOWED_ORIGINS: APP_ORIGIN, NODE_ENV: 'production', ...env },
      log: createLog('debug', { write: (line: string) => void log.push(line) }),
      ...(clock && { clock }),
    })
  let server = await start()
  let { port } = await server.listen(0, '127.0.0.1')
  const peers = new Set<Peer>()
  onTestFinished(async () => {
    for (const peer of peers) peer.socket.terminate()
    await server.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const service: Service = {
    get port() {
      return port
    },
    log,
    url: (path = '') => `http://127.0.0.1:${port}${path}`,
    token: (userId, changes) => mintChatToken(userId, { ...(clock && { now: clock.now() }), ...changes }),
    serverToken: (changes) => mintServerToken({ ...(clock && { now: clock.now() }), ...changes }),
    async connect(peerOptions = {}) {
      const peer = await openPeer(`ws://127.0.0.1:${port}${peerOptions.path ?? '/v1/ws'}`, peerOptions)
      peers.add(peer)
      return peer
    },
    async signIn(userId, hello = {}) {
      const peer = await service.connect()
      await peer.hello(service.token(userId), hello)
      return peer
    },
    async call(method, path, { token = service.serverToken(), body, headers = {} } = {}) {
      const response = await fetch(service.url(path), {
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json')
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
    },
    async makeRoom(roomId, kind, members) {
      const list = Object.entries(members).map(([id, role]) => ({ id, name: id, role }))
      const { status, body } = await service.call('PUT', `/v1/rooms/${roomId}`, { body: { kind, members: list } })
      if (status !== 200) throw new Error(`The room was not made: ${JSON.stringify(body)}`)
    },
    async restart() {
      await server.close()
      server = await start()
      ;({ port } = await server.listen(0, '127.0.0.1'))
    },
    close: (drainMs = 0) => server.close({ drainMs }),
  }
  return service
}

/** Tests speak faster than people do, and all from one address. */
const GENEROUS: Partial<Config> = {
  framesPerSecond: 100_000,
  framesBurst: 1_000_000,
  sendsPerSecond: 100_000,
  sendsBurst: 1_000_000,
  roomSendsPerSecond: 1_000_000,
  maxNewConnectionsPerIp: 100_000,
  arrivalsPerSecond: 100_000,
  maxConnectionsPerUser: 10_000,
}

/** The origin of the app of these tests. */
export const APP_ORIGIN = 'https://app.example.com'

// --- types ---

export type StoreName = 'memory' | 'sqlite'

export interface ServiceOptions {
  store?: StoreName
  config?: Partial<Config>
  /** Time stands still but for this clock. */
  clock?: ManualClock
  env?: Record<string, string>
  /** The rates that a service has unless it is told otherwise. */
  hasDefaultLimits?: boolean
}

export interface Service {
  readonly port: number
  /** Lines of the service's log, as JSON. */
  log: string[]
  url(path?: string): string
  token(userId: string, changes?: TokenChanges): string
  serverToken(changes?: TokenChanges): string
  connect(options?: PeerOptions & { path?: string }): Promise<Peer>
  /** A connection of this user, `welcome` received. */
  signIn(userId: string, hello?: Record<string, unknown>): Promise<Peer>
  /** A request of the app's server, unless `token` says otherwise (empty: none). */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Makes a room through the app's server: `{ ann: 'owner' }`. */
  makeRoom(roomId: string, kind: 'public' | 'private' | 'direct', members: Record<string, string>): Promise<void>
  /** Stops and starts again, on the same database and another port. */
  restart(): Promise<void>
  close(drainMs?: number): Promise<void>
}

export interface CallOptions {
  token?: string
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what comes from the wire is what the tests are about.
  body: any
}
