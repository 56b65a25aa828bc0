/** The processes of the tests: the chat service and the demo apps, each a real one, watched and ended by its id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { waitFor } from '../../scripts/processes.ts'

export const ROOT = join(import.meta.dirname, '../..')

/** Starts the chat service as `parlor start` does, from source, and waits until it is ready. */
export async function startParlor(options: ParlorOptions): Promise<Program> {
  const program = spawnParlor(options)
  await program.ready(`http://127.0.0.1:${options.port}/readyz`)
  return program
}

/** The same without waiting: for a start that is expected to fail. */
export function spawnParlor({ port, database, secret, env = {}, preload, workers }: ParlorOptions): Program {
  const args = ['--conditions=@parlor/source', 'packages/cli/src/main.ts', 'start']
  if (workers !== undefined) args.push('--workers', String(workers))
  const settings = {
    // A folder's own .env files are a developer's, not the test's.
    NODE_ENV: 'production',
    AUTH_SECRET: secret,
    PORT: String(port),
    PARLOR_HOST: '127.0.0.1',
    PARLOR_DATABASE_URL: `file:${database}`,
    LOG_LEVEL: 'info',
    // Of the two ways to preload, the one that worker threads follow too.
    ...(preload && { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` }),
    ...env,
  }
  return new Program('parlor', args, ROOT, settings, { hasChannel: preload !== undefined })
}

/** Starts a Next.js app in a folder of `apps/`, as it was built or for development, and waits until it answers. */
export async function startApp({ app, port, env, mode = 'start' }: AppOptions): Promise<Program> {
  const next = join(ROOT, 'node_modules/next/dist/bin/next')
  const args = [next, mode, '-H', 'localhost', '-p', String(port)]
  const program = new Program(app, args, join(ROOT, 'apps', app), { NEXT_TELEMETRY_DISABLED: '1', ...env })
  await program.ready(`http://localhost:${port}`)
  return program
}

/** A child process: its lines are kept, and it never outlives this process. */
export class Program {
  readonly name: string
  /** Every line of stdout and stderr so far. */
  readonly lines: string[] = []
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  #hasExited = false

  /** Runs Node on `args`, with nothing in its environment but the machine's PATH, HOME and TMPDIR, and `env`. */
  constructor(name: string, args: readonly string[], cwd: string, env: Record<string, string>, how: ProgramHow = {}) {
    this.name = name
    const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((key) => [key, process.env[key]]))
    this.#child = spawn(process.execPath, args, {
      cwd,
      // Next.js makes NODE_ENV a must of the type; it sets it by itself.
      env: { ...inherited, ...env } as NodeJS.ProcessEnv,
      stdio: how.hasChannel ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line))
    }
    const kill = () => this.#child.kill('SIGKILL')
    process.once('exit', kill)
    // 'close' comes after the last line, 'exit' may come before it.
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#hasExited = true
      process.off('exit', kill)
      return { code, signal }
    })
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start.`)
    return this.#child.pid
  }

  get isRunning(): boolean {
    return !this.#hasExited
  }

  /** Waits until the address answers with success. Rejects with what the process said when it ends instead. */
  async ready(url: string): Promise<void> {
    const died = this.exited.then(({ code, signal }) => {
      throw new Error(`${this.name} ended (${signal ?? `code ${code}`}):\n${this.lines.join('\n')}`)
    })
    await Promise.race([waitFor(url, READY_MS), died])
  }

  /** Tells its preloaded module something, and waits for the answer. Rejects when the process ends instead. */
  async tell(message: Record<string, unknown>): Promise<unknown> {
    const died = this.exited.then(() => Promise.reject(new Error(`${this.name} ended before it answered.`)))
    died.catch(() => {})
    const answered = once(this.#child, 'message').then(([answer]) => answer as unknown)
    // Whoever is gone can't be told; `exited` says so.
    this.#child.send(message, () => {})
    return Promise.race([answered, died])
  }

  /** Sends it a signal that it doesn't answer, as SIGSTOP and SIGCONT are. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** `kill -9`: no handler runs and nothing is flushed. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** Asks it to end, as a platform does, and waits; after 15 s it is killed. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM')
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    const exit = await this.exited
    clearTimeout(patience)
    return exit
  }
}

/** Settings for tests that do more than people may: what they are about isn't how much that is. */
export const FASTER_THAN_PEOPLE = {
  ALLOWED_ORIGINS: 'http://localhost:3000',
  LOG_LEVEL: 'warn',
  PARLOR_FRAMES_PER_SECOND: '10000',
  PARLOR_FRAMES_BURST: '100000',
  PARLOR_SENDS_PER_SECOND: '10000',
  PARLOR_SENDS_BURST: '100000',
  PARLOR_ROOM_SENDS_PER_SECOND: '100000',
}

/** A cold start on a busy machine. */
const READY_MS = 60_000

/** The service drains for up to 10 s. */
const STOP_MS = 15_000

// --- types ---

export interface ParlorOptions {
  port: number
  /** Path of the SQLite file. */
  database: string
  /** Several processes behind the port; left out: one. */
  workers?: number
  secret: string
  env?: Record<string, string>
  /** A module that the process and its threads run before anything else; `Program.tell` reaches it. */
  preload?: string
}

interface ProgramHow {
  /** Opens a channel for `tell`. */
  hasChannel?: boolean
}

export interface AppOptions {
  app: string
  port: number
  env: Record<string, string>
  mode?: 'start' | 'dev'
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}
