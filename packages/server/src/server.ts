/** The wiring: which implementation stands behind which interface, on one page. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { ChatError, MAX_PAGE } from '@parlor/protocol'
import { type Authenticator, createAuthenticator } from './auth/authenticate.ts'
import { type AuthConfig, readAuthConfig } from './auth/config.ts'
import type { Identity } from './auth/identity.ts'
import { type OriginRule, readAllowedOrigins } from './auth/origin.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, createConfig, type Env, isSharedDatabase, readConfig } from './config.ts'
import type { Bus } from './delivery/bus.ts'
import { MemoryBus } from './delivery/bus-memory.ts'
import { Feeds } from './delivery/feeds.ts'
import { Flusher } from './delivery/flusher.ts'
import { Hub } from './delivery/hub.ts'
import { createPublish } from './delivery/publish.ts'
import { SharedRates } from './delivery/shared-rates.ts'
import type { SignalBus } from './delivery/signal-bus.ts'
import { MemorySignalBus } from './delivery/signal-bus-memory.ts'
import { FailureLog } from './failure-log.ts'
import { createMemberCommands } from './features/members/commands.ts'
import { Members } from './features/members/members.ts'
import { createMessageCommands } from './features/messages/commands.ts'
import { Messages, type MessagesDeps } from './features/messages/messages.ts'
import { createIsOpenRoom } from './features/open-rooms.ts'
import { createPresenceCommands } from './features/presence/commands.ts'
import { Presence } from './features/presence/presence.ts'
import { createReactionCommands } from './features/reactions/commands.ts'
import { Reactions } from './features/reactions/reactions.ts'
import { createRoomCommands } from './features/rooms/commands.ts'
import { Rooms } from './features/rooms/rooms.ts'
import { Sessions } from './features/sessions/sessions.ts'
import { createTypingCommands } from './features/typing/commands.ts'
import { Typing } from './features/typing/typing.ts'
import { Connections } from './gateway/connections.ts'
import { createDispatch } from './gateway/dispatch.ts'
import { createHttp } from './gateway/http.ts'
import { createLog, type LogDestination, type Logger } from './log.ts'
import { Metrics } from './metrics.ts'
import { createMemoryStore } from './store/memory/memory-store.ts'
import type { Store } from './store/store.ts'

/**
 * Makes the chat service. Nothing listens yet: `listen` for a service of its own, `attach` to stand on a server of yours.
 *
 * ```ts
 * const server = await createChatServer()
 * await server.listen(4000)
 * ```
 *
 * @throws ConfigError, AuthConfigError or OriginError with one line that names the setting and says what to write
 */
export async function createChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const env = options.env ?? process.env
  const config = createConfig({ ...readConfig(env), ...options.config })
  const clock = options.clock ?? systemClock
  const log = options.log ?? createLog(config.logLevel, options.logDestination)
  const auth = options.auth ?? readAuth(env, log)
  const origins = readAllowedOrigins({ ...env, ALLOWED_ORIGINS: config.allowedOrigins.join(',') })
  const authenticator = createAuthenticator({ now: clock.now, ...auth })

  const commits = { count: 0, operations: 0 }
  const failures = new FailureLog(log, clock)
  const store = options.store ?? (await openStore(config, { clock, log, failures, commits }))
  const { bus, signalBus } = await openBus(config, clock, log)
  const flusher = new Flusher({ clock, maxWaitMs: config.flushMaxWaitMs })
  const hub = new Hub({ flusher, clock, beatMs: config.flushMaxWaitMs, compressFromBytes: config.compressFromBytes })
  const memoryBytes = config.tailCacheBytes
  const onError = (err: unknown) => failures.note('warn', err, 'a read for a feed failed')
  const feeds = new Feeds({ store, bus, hub, clock, memoryBytes, onError })
  const publish = createPublish(bus, feeds)

  const signalCounts = { told: 0, dropped: 0 }
  const signals = {
    ...{ clock, counts: signalCounts, compressFromBytes: config.compressFromBytes },
    signalBus,
    audienceOf: (roomId: string) => hub.audienceOf(roomId),
    isFollowing: (roomId: string, connectionId: string) => feeds.find(roomId)?.isFollowedBy(connectionId) ?? false,
  }
  const typing = new Typing(signals)
  const presence = new Presence({ ...signals, readersOf: (roomId) => feeds.find(roomId)?.readers() ?? [] })
  feeds.onJoined = (roomId, reader) => {
    typing.joined(roomId, reader)
    presence.joined(roomId, reader)
  }
  feeds.onLeft = (roomId, reader) => {
    typing.left(roomId, reader)
    presence.left(roomId, reader)
  }

  const isOpenRoom = createIsOpenRoom(config.publicRooms)
  const rates = new SharedRates({
    ...{ clock, bus },
    users: { perSecond: config.sendsPerSecond, burst: config.sendsBurst },
    rooms: { perSecond: config.roomSendsPerSecond, burst: config.roomSendsPerSecond },
  })
  const { users: userRate, rooms: roomRate } = rates
  const { maxTextChars, roomsPerConnection } = config
  const onLookError = (err: unknown) => failures.note('warn', err, 'a read of revoked sign-ins failed')
  const sessions = new Sessions({ store, bus, clock, onError: onLookError })
  const rooms = new Rooms({ store, feeds, publish, isOpenRoom, roomsPerConnection })
  const members = new Members({ store, publish, isOpenRoom })
  const onSent: MessagesDeps['onSent'] = (caller, roomId) => typing.sent(caller, roomId)
  const messages = new Messages({ store, publish, isOpenRoom, userRate, roomRate, maxTextChars, onSent })
  const reactions = new Reactions({ store, publish, isOpenRoom })
  await sessions.load()

  const readings = () => ({
    connections: connections.size,
    arrivals_per_second: connections.arrivals.perSecond,
    turned_away: connections.arrivals.turnedAway,
    rooms_followed: feeds.size,
    room_reads: feeds.counts.reads,
    readers_from_reads: feeds.counts.readers,
    readers_from_tails: feeds.counts.recalls,
    tail_cache_bytes: feeds.memoryBytes,
    queued_bytes: connections.queuedBytes,
    bus_up: bus.isUp ? 1 : 0,
    bus_lost: bus.lost,
    spent_heard: rates.heard,
    commits: commits.count,
    commit_operations: commits.operations,
    flushes: flusher.flushes,
    socket_writes: flusher.writes,
    frames_encoded: hub.frames,
    deliveries: hub.deliveries,
    signals: signalCounts.told,
    signals_dropped: signalCounts.dropped,
  })
  const metrics = new Metrics(readings, options.isWorker)
  const authenticate = createSignIn(authenticator, sessions, metrics, log)
  const connections: Connections = new Connections({
    origins,
    auth: authenticator,
    context: {
      config,
      clock,
      flusher,
      log,
      metrics,
      authenticate,
      dispatch: createDispatch({
        rooms: createRoomCommands(rooms),
        members: createMemberCommands(members),
        messages: createMessageCommands(messages),
        reactions: createReactionCommands(reactions),
        typing: createTypingCommands(typing),
        presence: createPresenceCommands(presence),
        now: clock.now,
      }),
      welcomeLimits: {
        textChars: maxTextChars,
        frameBytes: config.maxFrameBytes,
        roomsPerConnection,
        page: MAX_PAGE,
      },
      isRevoked: (sid) => sessions.isRevoked(sid),
      openRoom: (caller, room, deliver) => rooms.open(caller, room, deliver),
      leaveRooms: (caller) => {
        for (const roomId of caller.openRooms) feeds.find(roomId)?.close(caller.reader.id)
        presence.forget(caller.reader.id)
      },
    },
  })
  sessions.onRevoked = (sid) => connections.closeSession(sid)
  flusher.beforeFlush = () => connections.tickIfLate()

  const app = createHttp({
    auth: authenticator,
    authenticate,
    origins,
    rooms,
    members,
    messages,
    sessions,
    metrics,
    clock,
    log,
    isDraining: () => connections.isDraining,
    findProblem: () =>
      store.checkHealth().then(
        () => {
          failures.over(DATABASE_FAILED, DATABASE_WORKS)
          return undefined
        },
        () => 'the database does not answer',
      ),
  })
  return new ChatServer({ app, connections, config, origins, log, stop })

  async function stop(): Promise<void> {
    connections.stop()
    typing.stop()
    presence.stop()
    signalBus.stop()
    feeds.stop()
    sessions.stop()
    rates.stop()
    await bus.close()
    if (!options.store) await store.close()
    metrics.stop()
  }
}

/** A chat service, made by `createChatServer`. */
export class ChatServer {
  readonly #parts: ChatServerParts
  readonly #servers = new Set<Server>()
  #closing: Promise<void> | undefined

  constructor(parts: ChatServerParts) {
    this.#parts = parts
  }

  /** The HTTP routes as an Express app, to be mounted in one of yours. */
  get app(): ReturnType<typeof createHttp> {
    return this.#parts.app
  }

  /** The settings in force. */
  get config(): Config {
    return this.#parts.config
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.#parts.connections.size
  }

  /** For a server that routes its upgrades itself. Answers whatever it is given, also paths that aren't the chat's. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#parts.connections.handleUpgrade(request, socket, head)
  }

  /** Stands on an HTTP server of yours: takes its upgrades; mount `app` yourself for the HTTP routes. */
  attach(server: Server): void {
    server.on('upgrade', this.handleUpgrade)
  }

  /** Listens as a service of its own. `port` 0 picks a free one; the answer has it. */
  async listen(
    port: number = this.#parts.config.port,
    host: string = this.#parts.config.host,
  ): Promise<{ port: number }> {
    const server = createServer(
      // Node looks for late headers every 30 s unless told otherwise.
      { maxHeaderSize: 16_384, headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
      this.app,
    )
    this.attach(server)
    this.#servers.add(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    const address = server.address() as AddressInfo
    const { config, origins, log } = this.#parts
    log.info(
      {
        url: `http://${formatHost(host)}:${address.port}`,
        port: address.port,
        host,
        database: describeDatabase(config),
        redis: config.redisUrl.map((address) => new URL(address).host),
        allowedOrigins: origins.map(({ text }) => text),
        publicRooms: config.publicRooms,
      },
      'listening',
    )
    return { port: address.port }
  }

  /** Asks everybody to go, spread over `drainMs`, then closes. Called twice it is the same closing. */
  close({ drainMs = 0 }: { drainMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(drainMs)
    return this.#closing
  }

  async #close(drainMs: number): Promise<void> {
    const { connections, log } = this.#parts
    if (drainMs > 0) log.info({ connections: connections.size, drainMs }, 'draining')
    await connections.drain(drainMs)
    const closed = [...this.#servers].map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    for (const server of this.#servers) server.closeIdleConnections()
    await this.#parts.stop()
    // Who keeps asking on a connection that was busy just then would keep it open for ever.
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(closed)
    if (drainMs > 0) log.info('stopped')
  }
}

const DATABASE_FAILED = 'the database failed'
const DATABASE_WORKS = 'the database works again'

/** Slow headers are answered 408 after this. */
const HEADERS_TIMEOUT_MS = 5_000

/** The host of an address for this machine: where everything is listened to, `localhost` is one of them. */
function formatHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** Without the password. */
function describeDatabase(config: Config): string {
  if (!isSharedDatabase(config)) return config.databaseUrl
  const { host, pathname } = new URL(config.databaseUrl)
  return `postgres://${host}${pathname}`
}

function readAuth(env: Env, log: Logger): AuthConfig {
  const { config, warnings } = readAuthConfig(env)
  for (const warning of warnings) log.warn(warning)
  return config
}

async function openStore(config: Config, { clock, log, failures, commits }: StoreDeps): Promise<Store> {
  if (config.databaseUrl === 'memory:') {
    log.warn('PARLOR_DATABASE_URL is memory: — everything is gone when the service stops')
    return createMemoryStore({ now: clock.now })
  }
  const onError = (error: Error) => failures.note('error', error, DATABASE_FAILED)
  const onCommit = (operations: number) => {
    failures.over(DATABASE_FAILED, DATABASE_WORKS)
    commits.count++
    commits.operations += operations
  }
  // Loaded when they are used: a service that remembers elsewhere needs no `node:sqlite`, and no driver of PostgreSQL.
  if (isSharedDatabase(config)) {
    const { createPostgresStore } = await import('./store/postgres/postgres-store.ts')
    const { databaseUrl: url, databaseConnections: connections } = config
    return createPostgresStore({ url, connections, now: clock.now, onError, onCommit })
  }
  const { createSqliteStore } = await import('./store/sqlite/sqlite-store.ts')
  return createSqliteStore({ path: config.databaseUrl.slice('file:'.length), now: clock.now, onError, onCommit })
}

async function openBus(config: Config, clock: Clock, log: Logger): Promise<{ bus: Bus; signalBus: SignalBus }> {
  const { redisUrl, redisPrefix } = config
  // Of a database that others may use too, they are seen by its heads.
  if (redisUrl.length === 0) {
    const isComplete = !isSharedDatabase(config)
    return { bus: new MemoryBus({ isComplete }), signalBus: new MemorySignalBus({ isWhole: isComplete }) }
  }
  const { RedisBus } = await import('./delivery/redis/redis-bus.ts')
  const { RedisSignalBus } = await import('./delivery/redis/redis-signal-bus.ts')
  // What waits for another machine waits in real time, also where a test holds the clock.
  const bus = new RedisBus({ addresses: redisUrl, prefix: redisPrefix, clock: systemClock, log })
  return { bus, signalBus: new RedisSignalBus(bus, clock) }
}

/** Who a token names, whatever its kind; counted, and logged with the reason when it is refused. */
function createSignIn(auth: Authenticator, sessions: Sessions, metrics: Metrics, log: Logger) {
  return async (token: string): Promise<Identity> => {
    try {
      const identity = await auth.authenticate(token)
      if (sessions.isRevoked(identity.sid)) throw new ChatError('session_revoked')
      metrics.countSignIn(identity.kind)
      return identity
    } catch (error) {
      const code = error instanceof ChatError ? error.code : 'internal'
      metrics.countSignIn(code)
      if (error instanceof ChatError) log.warn({ code, hint: error.hint }, `sign-in refused: ${error.message}`)
      throw error
    }
  }
}

// --- types ---

export interface ChatServerOptions {
  /** Settings that aren't to come from the environment. */
  config?: Partial<Config>
  /** Which tokens are read; default: from the environment. */
  auth?: AuthConfig
  /** Default `process.env`. */
  env?: Env
  /** This process is one of `Workers`: what `/metrics` answers is true of all of them. */
  isWorker?: boolean
  /** A store of yours, which stays yours to close. */
  store?: Store
  log?: Logger
  /** Where the lines of the log go, unless `log` is given; default: stdout. */
  logDestination?: LogDestination | undefined
  clock?: Clock
}

interface CommitCounts {
  count: number
  operations: number
}

interface StoreDeps {
  clock: Clock
  log: Logger
  failures: FailureLog
  commits: CommitCounts
}

interface ChatServerParts {
  app: ReturnType<typeof createHttp>
  connections: Connections
  config: Config
  origins: readonly OriginRule[]
  log: Logger
  stop(): Promise<void>
}
