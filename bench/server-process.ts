/** ServerProcess is one server under test in a process of its own, on a free port of loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerName } from './dialect.ts'

export class ServerProcess {
  readonly port: number
  readonly pid: number
  /** From the start of the process until it listens, in ms. */
  readonly coldStartMs: number
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(
    child: ChildProcess,
    folder: string,
    started: { port: number; pid: number; coldStartMs: number },
  ) {
    this.#child = child
    this.#folder = folder
    this.port = started.port
    this.pid = started.pid
    this.coldStartMs = started.coldStartMs
  }

  /** Resolves when it listens. `secret` is what Parlor checks tokens with. */
  static async start(peer: PeerName, { root, secret, nodeArgs = [], env = {} }: StartOptions): Promise<ServerProcess> {
    // On the disk of the project: a temporary folder may be in memory, and would make durability free.
    const parent = join(root, '.parlor', 'bench')
    mkdirSync(parent, { recursive: true })
    const folder = mkdtempSync(join(parent, 'server-'))
    const startedAt = performance.now()
    const child = spawn(...commandOf(peer, root, nodeArgs), {
      cwd: folder,
      env: { ...commonEnv(), ...(peer === 'parlor' && { ...parlorEnv(folder, secret), ...env }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      const port = await readPort(child)
      return new ServerProcess(child, folder, { port, pid: child.pid ?? 0, coldStartMs: performance.now() - startedAt })
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Ends it and removes what it wrote. Asked to go first, so that profiles are written. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve))
      this.#child.kill('SIGTERM')
      const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(patience)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Ends it now, without waiting: for when this process ends. */
  kill(): void {
    this.#child.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/**
 * The same for every server. The bound is the one that Parlor's Docker image has: with the bound on Parlor alone, what was
 * compared would be V8's settings.
 */
function commonEnv(): Record<string, string | undefined> {
  return { PATH: process.env.PATH, NODE_ENV: 'production', NODE_OPTIONS: '--max-semi-space-size=16' }
}

/** Durable (its default) on a database of its own; every limit on rates and connections raised by its documented setting. */
function parlorEnv(folder: string, secret: string): Record<string, string> {
  return {
    PORT: '0',
    PARLOR_HOST: '127.0.0.1',
    PARLOR_DATABASE_URL: `file:${join(folder, 'parlor.db')}`,
    AUTH_SECRET: secret,
    ALLOWED_ORIGINS: 'https://app.example.com',
    PUBLIC_ROOMS: 'bench-*',
    PARLOR_DRAIN_MS: '0',
    PARLOR_MAX_CONNECTIONS_PER_USER: '10000',
    PARLOR_MAX_UNAUTHENTICATED_PER_IP: '100000',
    PARLOR_MAX_NEW_CONNECTIONS_PER_IP: '100000',
    PARLOR_ARRIVALS_PER_SECOND: '100000',
    PARLOR_FRAMES_PER_SECOND: '100000',
    PARLOR_FRAMES_BURST: '1000000',
    PARLOR_SENDS_PER_SECOND: '100000',
    PARLOR_SENDS_BURST: '1000000',
    PARLOR_ROOM_SENDS_PER_SECOND: '1000000',
  }
}

function commandOf(peer: PeerName, root: string, nodeArgs: readonly string[]): [string, string[]] {
  switch (peer) {
    case 'parlor':
      return [process.execPath, [...nodeArgs, join(root, 'packages', 'cli', 'bin', 'parlor.js'), 'start']]
    case 'socket.io':
      return [process.execPath, [peerPath(root, 'socket-io')]]
    case 'ws loop':
      return [process.execPath, [peerPath(root, 'ws-loop')]]
    case 'bun':
      return [bunPath(root), [peerPath(root, 'bun')]]
  }
}

/** A peer's program as `prepare` leaves it: beside the packages that it imports. */
export function peerPath(root: string, name: string): string {
  return join(root, 'bench', 'node_modules', '.servers', `${name}.mjs`)
}

/** The executable inside the package for this machine. */
export function bunPath(root: string): string {
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x64'
  return join(root, 'bench', 'node_modules', '@oven', `bun-linux-${cpu}`, 'bin', 'bun')
}

/** Every server says its port in a line of JSON when it listens; Parlor in its log. */
async function readPort(child: ChildProcess): Promise<number> {
  let output = ''
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => fail('did not listen in time'), START_MS)
    const fail = (why: string) => {
      clearTimeout(timeout)
      child.kill('SIGKILL')
      reject(new Error(`a server ${why}: ${output.slice(-500)}`))
    }
    const read = (chunk: Buffer) => {
      output = (output + chunk).slice(-10_000)
      const found = /"port":(\d+)/.exec(output)
      if (!found) return
      clearTimeout(timeout)
      resolve(Number(found[1]))
    }
    // Read for as long as it runs: a full pipe would stop the server.
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => fail(`ended with ${code}`))
  })
}

const START_MS = 15_000
/** Long enough to write a profile. */
const STOP_MS = 5_000

// --- types ---

export interface StartOptions {
  /** The root of the project. */
  root: string
  secret: string
  /** For Parlor's Node: a profile, for one. */
  nodeArgs?: readonly string[]
  /** Of Parlor, beside what it has for every run. */
  env?: Record<string, string>
}
