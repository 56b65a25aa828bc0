/** Processes that belong together: their lines are prefixed with a name, and they end together. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** Runs commands side by side. When one ends by itself, or the person presses Ctrl-C, all of them are ended. */
export class ProcessGroup {
  readonly #running = new Map<ChildProcess, string>()
  #stopping: Promise<void> | null = null

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // The second Ctrl-C doesn't wait for anybody.
        if (this.#stopping) this.#signal('SIGKILL')
        void this.stop(0)
      })
    }
  }

  /** Starts a Node script that is expected to run until it is told to stop. */
  start(name: string, args: readonly string[], options: RunOptions): void {
    const child = this.#spawn(name, args, options)
    child.on('exit', (code, signal) => {
      if (this.#stopping) return
      say(`${name} ended by itself (${signal ?? `code ${code}`}).`)
      void this.stop(1)
    })
  }

  /** Runs a Node script to its end. Rejects when it fails. */
  async run(name: string, args: readonly string[], options: RunOptions): Promise<void> {
    const child = this.#spawn(name, args, options)
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve))
    if (this.#stopping) await this.#stopping
    if (code !== 0) throw new Error(`${name} failed (code ${code}).`)
  }

  /** Asks every process to end, waits, and ends this one. */
  stop(exitCode: number): Promise<void> {
    this.#stopping ??= this.#end(exitCode)
    return this.#stopping
  }

  async #end(exitCode: number): Promise<void> {
    const ended = [...this.#running.keys()].map((child) => new Promise((resolve) => child.on('exit', resolve)))
    this.#signal('SIGTERM')
    const patience = setTimeout(() => this.#signal('SIGKILL'), STOP_MS)
    await Promise.all(ended)
    clearTimeout(patience)
    process.exit(exitCode)
  }

  #signal(signal: NodeJS.Signals): void {
    for (const child of this.#running.keys()) {
      try {
        // The whole group, because `tsc -b -w` and `next dev` have children of their own.
        if (child.pid && process.platform !== 'win32') process.kill(-child.pid, signal)
        else child.kill(signal)
      } catch {
        // It was gone already.
      }
    }
  }

  #spawn(name: string, args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches this process only, which then ends the others in its own way.
      detached: process.platform !== 'win32',
    })
    this.#running.set(child, name)
    child.on('exit', () => this.#running.delete(child))
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => line && console.log(`${tag(name)} ${line}`))
    }
    return child
  }
}

/** One line of this script's own. */
export function say(line: string): void {
  console.log(`${tag('demo')} ${line}`)
}

/** The first free TCP port from `port` on; says so when it isn't `port` itself. */
export async function findPort(port: number, what: string): Promise<number> {
  for (let candidate = port; candidate < port + PORTS_TRIED; candidate++) {
    if (!(await isFree(candidate))) continue
    if (candidate !== port) say(`Port ${port} is busy, so the ${what} uses ${candidate}.`)
    return candidate
  }
  throw new Error(`Ports ${port} to ${port + PORTS_TRIED - 1} are all busy: stop something, then try again.`)
}

/** This port and no other. */
export async function requirePort(port: number, option: string): Promise<number> {
  if (!(await isFree(port))) throw new Error(`Port ${port} is busy: choose another one with ${option}.`)
  return port
}

/** Resolves when the address answers with success; rejects after `ms`. */
export async function waitFor(url: string, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  for (;;) {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000) }).catch(() => null)
    await answer?.body?.cancel()
    if (answer && answer.status < 400) return
    if (Date.now() > deadline) throw new Error(`${url} did not answer within ${ms / 1000} s.`)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

/** Both families: something that listens on `::1` alone would answer for `localhost` all the same. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
    })
    if (!free) return false
  }
  return true
}

function tag(name: string): string {
  const label = name.padEnd(5)
  return process.stdout.isTTY ? `\x1b[2m${label}│\x1b[0m` : `${label}|`
}

/** The service drains for up to 10 s. */
const STOP_MS = 12_000

const PORTS_TRIED = 20

// --- types ---

export interface RunOptions {
  cwd: string
  env?: Record<string, string>
}
