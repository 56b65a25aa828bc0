/** `parlor start`: runs the chat service until SIGTERM or SIGINT, then drains and stops. */
import { AuthConfigError, ConfigError, createChatServer, OriginError, SETTINGS, StoreError } from '@parlor/server'
import { CommandError } from './command-error.ts'
import { explainIgnored, explainMissingSecret, readEnv } from './env-files.ts'
import { formatLogLine } from './log-line.ts'

export async function start(args: string[]): Promise<void> {
  if (args.length > 0) throw new CommandError('parlor: start takes no arguments; settings are environment variables')
  const env = readEnv(process.env, process.cwd())
  const ignored = explainIgnored(process.env, process.cwd(), PLAIN_SETTINGS)
  if (ignored) console.warn(`parlor: ${ignored}`)
  // JSON is for programs; whoever looks on gets lines.
  const logDestination = process.stdout.isTTY
    ? { write: (line: string) => process.stdout.write(formatLogLine(line)) }
    : undefined
  const server = await createChatServer({ env, logDestination }).catch((error: unknown) => {
    const isMissing = error instanceof AuthConfigError && error.setting === 'AUTH_SECRET' && !env.AUTH_SECRET?.trim()
    if (isMissing) throw new CommandError(`parlor: ${explainMissingSecret(env, process.cwd())}`)
    return explain(error)
  })
  await server.listen().catch(explain)

  const stop = () => {
    // A second signal means now.
    process.once('SIGTERM', () => process.exit(1))
    process.once('SIGINT', () => process.exit(1))
    void server.close({ drainMs: server.config.drainMs }).then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

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
