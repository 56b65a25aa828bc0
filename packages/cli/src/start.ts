/** `parlor start`: runs the chat service until SIGTERM or SIGINT, then drains and stops. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { AuthConfigError, ConfigError, createChatServer, OriginError, SETTINGS, StoreError } from '@parlor/server'
import { isWorker, leave, onStop, readWorkersConfig, Workers } from '@parlor/server/workers'
import { CommandError } from './command-error.ts'
import { explainIgnored, explainMissingSecret, readEnv } from './env-files.ts'
import { formatLogLine } from './log-line.ts'

export async function start(args: string[]): Promise<void> {
  const workers = readWorkers(args)
  const env = readEnv(process.env, process.cwd())
  if (isWorker())
    await serve(env).catch((error: unknown) => {
      leave()
      throw error
    })
  else {
    const ignored = explainIgnored(process.env, process.cwd(), PLAIN_SETTINGS)
    if (ignored) console.warn(`parlor: ${ignored}`)
    await (workers > 1 ? lead(workers, env) : serve(env))
  }
}

/** The service itself. */
async function serve(env: Env): Promise<void> {
  // From the first moment on, as what the primary said before is not said again. Who serves nobody has nothing to drain.
  let stop = (): void => process.exit(0)
  if (isWorker()) onStop(() => stop())
  const server = await createChatServer({ env, isWorker: isWorker(), logDestination }).catch((error: unknown) => {
    const isMissing = error instanceof AuthConfigError && error.setting === 'AUTH_SECRET' && !env.AUTH_SECRET?.trim()
    if (isMissing) throw new CommandError(`parlor: ${explainMissingSecret(env, process.cwd())}`)
    return explain(error)
  })
  await server.listen().catch(async (error: unknown) => {
    // Redis and PostgreSQL would keep a process that serves nobody.
    await server.close()
    return explain(error)
  })
  stop = () => void server.close({ drainMs: server.config.drainMs }).then(() => process.exit(0))
  if (!isWorker()) onSignal(stop, () => process.exit(1))
}

/** The process that starts the others, and starts whichever dies again. */
async function lead(count: number, env: Env): Promise<void> {
  const workers = new Workers({ count, config: readConfig(env), logDestination })
  onSignal(
    () => void workers.stop().then(() => process.exit()),
    () => {
      workers.kill()
      process.exit(1)
    },
  )
  // It has said why.
  if (!(await workers.start())) process.exitCode = 1
}

function readConfig(env: Env): ReturnType<typeof readWorkersConfig> {
  try {
    return readWorkersConfig(env)
  } catch (error) {
    return explain(error)
  }
}

/** A second signal means now. */
function onSignal(stop: () => void, kill: () => void): void {
  const first = () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, first).once(signal, kill)
    stop()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, first)
}

function readWorkers(args: string[]): number {
  try {
    const { workers } = parseArgs({ args, options: { workers: { type: 'string', default: '1' } } }).values
    const count = workers === 'auto' ? availableParallelism() : Number(workers)
    if (Number.isInteger(count) && count >= 1 && count <= MAX_WORKERS) return count
  } catch {
    // An argument that nobody knows.
  }
  throw new CommandError(
    `parlor: start takes \`--workers N\`, from 1 to ${MAX_WORKERS} or auto; everything else is set by environment variables`,
  )
}

/** More are no use on any machine: a worker uses a CPU, and its own connections to the database. */
const MAX_WORKERS = 128

// JSON is for programs; whoever looks on gets lines.
const logDestination = process.stdout.isTTY
  ? { write: (line: string) => process.stdout.write(formatLogLine(line)) }
  : undefined

const PLAIN_SETTINGS = Object.values(SETTINGS).map(({ env }) => env)

/** A setting that is wrong is one line; what nobody expected keeps its stack. */
function explain(error: unknown): never {
  const isExpected = [AuthConfigError, ConfigError, OriginError, StoreError].some((kind) => error instanceof kind)
  if (isExpected && error instanceof Error) throw new CommandError(`parlor: ${error.message}`)
  const { code, port, syscall } = (error ?? {}) as { code?: unknown; port?: unknown; syscall?: unknown }
  if (code === 'EADDRINUSE') throw new CommandError(`parlor: port ${port} is in use; set PORT to another one`)
  if (code === 'EACCES') throw new CommandError(`parlor: port ${port} needs more rights; set PORT to one above 1023`)
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo')
    throw new CommandError('parlor: PARLOR_HOST is no address of this machine; write 0.0.0.0 for all of them')
  throw error
}

// --- types ---

type Env = ReturnType<typeof readEnv>
