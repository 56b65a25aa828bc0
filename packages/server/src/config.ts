/** Every setting of the service: its default, its unit, its bounds and its environment variable. */

export const SETTINGS = {
  port: number('PORT', 4000, 'TCP port; 0 picks a free one', 0, 65_535),
  host: text('PARLOR_HOST', '0.0.0.0', 'address to listen on'),
  databaseUrl: text(
    'PARLOR_DATABASE_URL',
    'file:./parlor.db',
    'where rooms live: `file:PATH` (SQLite), `postgres://USER:PASSWORD@HOST/DATABASE` or `memory:`',
  ),
  databaseConnections: number(
    'PARLOR_DATABASE_CONNECTIONS',
    10,
    'connections that this process may open to PostgreSQL',
    2,
    1_000,
  ),
  redisUrl: list(
    'REDIS_URL',
    [],
    'Redis 7 or newer, by which several nodes hear each other at once: `redis://` or `rediss://`; of a cluster, one address or some; default: one node',
  ),
  redisPrefix: text(
    'PARLOR_REDIS_PREFIX',
    'parlor',
    'in front of everything in Redis: services that share one need their own',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    [],
    'origins whose pages may connect; default: that of AUTH_URL or NEXTAUTH_URL, and localhost outside production',
  ),
  publicRooms: list(
    'PUBLIC_ROOMS',
    ['general'],
    'room ids that anybody signed in may make by using them; `*` matches any run',
  ),
  trustProxy: list('TRUST_PROXY', [], 'proxies whose X-Forwarded-For counts: a number of hops, or addresses and CIDRs'),
  logLevel: text('LOG_LEVEL', 'info', 'fatal, error, warn, info, debug, trace or silent'),
  drainMs: number('PARLOR_DRAIN_MS', 10_000, 'ms over which connections are asked to go, after SIGTERM', 0, 300_000),
  // connections
  maxConnections: number('PARLOR_MAX_CONNECTIONS', 50_000, 'connections on this process', 1, 1_000_000),
  maxConnectionsPerUser: number('PARLOR_MAX_CONNECTIONS_PER_USER', 20, 'connections of one user', 1, 10_000),
  maxUnauthenticatedPerIp: number(
    'PARLOR_MAX_UNAUTHENTICATED_PER_IP',
    100,
    'sockets of one address not signed in yet',
    1,
    100_000,
  ),
  maxNewConnectionsPerIp: number(
    'PARLOR_MAX_NEW_CONNECTIONS_PER_IP',
    20,
    'new sockets per second from one address; five seconds may come at once',
    1,
    100_000,
  ),
  arrivalsPerSecond: number(
    'PARLOR_ARRIVALS_PER_SECOND',
    500,
    'connections let in per second, fewer while the process is late; the others are told when to come back',
    1,
    1_000_000,
  ),
  helloTimeoutMs: number('PARLOR_HELLO_TIMEOUT_MS', 10_000, 'ms from the open socket to `hello`', 100, 60_000),
  heartbeatMs: number('PARLOR_HEARTBEAT_MS', 25_000, 'ms of silence before a heartbeat', 100, 300_000),
  pongTimeoutMs: number('PARLOR_PONG_TIMEOUT_MS', 10_000, 'ms that a heartbeat may stay unanswered', 100, 60_000),
  maxFrameBytes: number('PARLOR_MAX_FRAME_BYTES', 65_536, 'bytes of a client frame', 1_024, 1_048_576),
  maxQueuedBytes: number(
    'PARLOR_MAX_QUEUED_BYTES',
    1_048_576,
    'bytes that may wait for a slow socket',
    65_536,
    67_108_864,
  ),
  stallMs: number('PARLOR_STALL_MS', 10_000, 'ms that a socket may take nothing of what waits for it', 1_000, 300_000),
  tailCacheBytes: number(
    'PARLOR_TAIL_CACHE_BYTES',
    67_108_864,
    'bytes for the latest changes and members of rooms, from which who comes back is served; 0 keeps none',
    0,
    17_179_869_184,
  ),
  flushMaxWaitMs: number(
    'PARLOR_FLUSH_MAX_WAIT_MS',
    20,
    'ms that a busy service, or a very busy room, gathers before it writes',
    0,
    1_000,
  ),
  compressFromBytes: number(
    'PARLOR_COMPRESS_FROM_BYTES',
    0,
    'frames of so many bytes or more are compressed, for clients that offer it; 0 compresses none',
    0,
    1_048_576,
  ),
  // rates
  framesPerSecond: number('PARLOR_FRAMES_PER_SECOND', 10, 'commands per second of one connection', 1, 100_000),
  framesBurst: number('PARLOR_FRAMES_BURST', 50, 'commands of one connection at once', 1, 1_000_000),
  sendsPerSecond: number('PARLOR_SENDS_PER_SECOND', 5, 'messages per second of one user', 1, 100_000),
  sendsBurst: number('PARLOR_SENDS_BURST', 10, 'messages of one user at once', 1, 1_000_000),
  roomSendsPerSecond: number('PARLOR_ROOM_SENDS_PER_SECOND', 50, 'messages per second in one room', 1, 1_000_000),
  // sizes
  maxTextChars: number('PARLOR_MAX_TEXT_CHARS', 4_000, 'UTF-16 code units of a message', 1, 4_000),
  roomsPerConnection: number('PARLOR_ROOMS_PER_CONNECTION', 200, 'rooms open on one connection', 1, 10_000),
} as const

/** The value of every setting. */
export type Config = { [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['default'] }

/** Reads the settings from the environment. Throws a one-line ConfigError that names the setting and says what to write. */
export function readConfig(env: Env): Config {
  const config: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const raw = env[setting.env]?.trim()
    config[name] = raw ? setting.parse(raw) : setting.default
  }
  const { DATABASE_URL: shared } = env
  if (!env.PARLOR_DATABASE_URL && shared && /^(file:|postgres(ql)?:)/.test(shared)) config.databaseUrl = shared
  return checkConfig(config as Config)
}

/** Whether other services may keep their rooms in the same database. */
export function isSharedDatabase({ databaseUrl }: Pick<Config, 'databaseUrl'>): boolean {
  return databaseUrl.startsWith('postgres')
}

/** The file that these settings keep the messages in. Throws a ConfigError when they keep them elsewhere. */
export function readDatabaseFile(env: Env): string {
  const config = readConfig(env)
  const { databaseUrl } = config
  if (databaseUrl === 'memory:') throw new ConfigError('PARLOR_DATABASE_URL is memory: which has no file')
  if (isSharedDatabase(config))
    throw new ConfigError('PARLOR_DATABASE_URL is PostgreSQL, which has tools of its own: pg_dump and pg_restore')
  return databaseUrl.slice('file:'.length)
}

/** The defaults with some settings changed, for a service that is made in code. */
export function createConfig(changes: Partial<Config>): Config {
  const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([name, setting]) => [name, setting.default]))
  const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  return checkConfig({ ...defaults, ...set } as Config)
}

/** A setting is wrong or missing. Its message is one line for the terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

function checkConfig(config: Config): Config {
  if (!isDatabase(config.databaseUrl))
    throw new ConfigError(
      'PARLOR_DATABASE_URL is not a database that this version knows: write file:./parlor.db, or postgres://USER:PASSWORD@HOST/DATABASE',
    )
  for (const address of config.redisUrl)
    if (!/^rediss?:\/\/[^\s/]+/.test(address) || !URL.canParse(address))
      throw new ConfigError('REDIS_URL is not the address of a Redis: write redis://HOST:PORT, or rediss:// for TLS')
  if (!LOG_LEVELS.includes(config.logLevel)) throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  if (config.framesBurst < config.framesPerSecond)
    throw new ConfigError('PARLOR_FRAMES_BURST must be at least PARLOR_FRAMES_PER_SECOND')
  return config
}

function isDatabase(url: string): boolean {
  return /^(file:.+|memory:)$/.test(url) || (/^postgres(ql)?:\/\/./.test(url) && URL.canParse(url))
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

function number(env: string, value: number, help: string, min: number, max: number): Setting<number> {
  const parse = (raw: string) => {
    const parsed = Number(raw)
    if (!Number.isInteger(parsed) || parsed < min || parsed > max)
      throw new ConfigError(`${env} must be a whole number from ${min} to ${max}: ${help}`)
    return parsed
  }
  return { env, default: value, help, parse }
}

function text(env: string, value: string, help: string): Setting<string> {
  return { env, default: value, help, parse: (raw) => raw }
}

function list(env: string, value: readonly string[], help: string): Setting<readonly string[]> {
  return { env, default: value, help, parse: (raw) => raw.split(/[\s,]+/).filter(Boolean) }
}

// --- types ---

export type Env = Readonly<Record<string, string | undefined>>

export interface Setting<T> {
  env: string
  default: T
  help: string
  parse: (raw: string) => T
}
