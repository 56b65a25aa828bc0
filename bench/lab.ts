/** Lab runs one server and one generator at a time, each in its own process, and ends both whatever happens. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CrowdOptions, JoinResult, Load, LoadResult } from './crowd.ts'
import type { PeerName } from './dialect.ts'
import type { SyncOptions, SyncResult } from './fdatasync.ts'
import type { Order } from './generator.ts'
import { ServerProcess } from './server-process.ts'

export class Lab {
  readonly #root: string
  readonly #nodeArgs: readonly string[]
  readonly #secret = randomBytes(32).toString('base64')
  #server: ServerProcess | undefined
  readonly #generators = new Set<ChildProcess>()

  constructor(root: string, nodeArgs: readonly string[] = []) {
    this.#root = root
    this.#nodeArgs = nodeArgs
    process.on('exit', () => {
      for (const generator of this.#generators) generator.kill('SIGKILL')
      this.#server?.kill()
    })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
  }

  /** A fresh server and fresh generators for as long as `use` takes. */
  async with<T>(peer: PeerName, use: (bench: Bench) => Promise<T>): Promise<T> {
    const server = await ServerProcess.start(peer, { root: this.#root, secret: this.#secret, nodeArgs: this.#nodeArgs })
    this.#server = server
    try {
      return await use({ server, ...this.#startCrowd(peer, server), startCrowd: () => this.#startCrowd(peer, server) })
    } finally {
      this.#endGenerators()
      await server.stop()
      this.#server = undefined
    }
  }

  /** The disk alone, on the file system that databases are on. */
  async measureSync(options: Omit<SyncOptions, 'folder'>): Promise<SyncResult> {
    const folder = join(this.#root, '.parlor', 'bench')
    mkdirSync(folder, { recursive: true })
    try {
      return await ask(this.#startGenerator(), { sync: { ...options, folder } })
    } finally {
      this.#endGenerators()
    }
  }

  #startCrowd(peer: PeerName, { port, pid }: ServerProcess): BenchCrowd {
    const generator = this.#startGenerator()
    const server = { peer, ports: [port], serverPids: [pid], secret: this.#secret, concurrency: 64 }
    return {
      join: (shape) => ask(generator, { join: { ...server, ...shape } }),
      run: (load) => ask(generator, { run: load }),
    }
  }

  #startGenerator(): ChildProcess {
    const generator = forkGenerator()
    this.#generators.add(generator)
    return generator
  }

  #endGenerators(): void {
    for (const generator of this.#generators) generator.kill('SIGKILL')
    this.#generators.clear()
  }
}

/** A generator in a process of its own, which is its caller's to end. */
export function forkGenerator(): ChildProcess {
  return fork(join(import.meta.dirname, 'generator.ts'), { execArgv: [], serialization: 'advanced' })
}

/** Sends an order to a generator and waits for its answer; one at a time. */
export async function ask<T, O extends object = Order>(generator: ChildProcess, order: O): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the generator ended with ${code}`))
    generator.once('exit', onExit)
    generator.once('message', (answer: { result: T } | { error: string }) => {
      generator.off('exit', onExit)
      if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer.result)
    })
    generator.send(order)
  })
}

// --- types ---

/** One server with its generators. */
export interface Bench extends BenchCrowd {
  server: ServerProcess
  /** Another generator, in a process of its own. */
  startCrowd(): BenchCrowd
}

export interface BenchCrowd {
  /** Connects a crowd of this shape. */
  join(shape: Shape): Promise<JoinResult>
  /** Lets it send. */
  run(load: Load): Promise<LoadResult>
}

export type Shape = Pick<CrowdOptions, 'name' | 'rooms' | 'members' | 'sendersPerRoom' | 'isVisited'>
