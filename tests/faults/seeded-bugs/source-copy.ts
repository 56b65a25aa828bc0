/** SourceCopy: the sources in a folder of their own, where a bug can be planted and run without touching anything else. */
import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { onInterrupt } from '../../support/interrupts.ts'
import { ROOT } from '../../support/processes.ts'

const run = promisify(execFile)

export class SourceCopy {
  readonly folder: string
  readonly #running = new Set<ChildProcess>()
  readonly #forget = onInterrupt(() => this.remove())

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Copies what runs and what compiles; dependencies are links, except our own packages, which are the copied ones. */
  static async make(): Promise<SourceCopy> {
    const copy = new SourceCopy(await mkdtemp(join(tmpdir(), 'parlor-bug-')))
    for (const folder of FOLDERS) {
      const to = join(copy.folder, folder)
      await cp(join(ROOT, folder), to, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
    }
    for (const file of await readdir(ROOT)) {
      if (/^(package|tsconfig.*)\.json$/.test(file)) await cp(join(ROOT, file), join(copy.folder, file))
    }
    await copy.#linkDependencies()
    return copy
  }

  /** Plants a bug. Throws what `git apply` says if it doesn't fit. */
  async plant(patch: string): Promise<void> {
    // Nothing around the copy may be taken for its repository.
    await this.#run('git', ['apply', '--whitespace=nowarn', patch], { GIT_CEILING_DIRECTORIES: tmpdir() })
  }

  /** Throws what the compiler says. */
  async compile(): Promise<void> {
    await this.#run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b'])
  }

  /** Runs a script of the copy from source. Its output, and whether it ended well. */
  async runScript(path: string, args: readonly string[]): Promise<{ output: string; isGood: boolean }> {
    try {
      const output = await this.#run(process.execPath, ['--conditions=@parlor/source', path, ...args])
      return { output, isGood: true }
    } catch (error) {
      return { output: error instanceof Error ? error.message : String(error), isGood: false }
    }
  }

  /** Ends what runs in it, and takes it away. */
  async remove(): Promise<void> {
    this.#forget()
    await Promise.all([...this.#running].map(endChild))
    await rm(this.folder, { recursive: true, force: true })
  }

  async #linkDependencies(): Promise<void> {
    const from = join(ROOT, 'node_modules')
    const to = join(this.folder, 'node_modules')
    await mkdir(join(to, '@parlor'), { recursive: true })
    for (const name of await readdir(from)) {
      if (name !== '@parlor') await symlink(join(from, name), join(to, name))
    }
    for (const name of await readdir(join(this.folder, 'packages'))) {
      const own = join('packages', name, 'node_modules')
      if (existsSync(join(ROOT, own))) await symlink(join(ROOT, own), join(this.folder, own))
      await symlink(join(this.folder, 'packages', name), join(to, '@parlor', name))
    }
  }

  async #run(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const options = { cwd: this.folder, env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT_BYTES }
    const running = run(file, [...args], options)
    this.#running.add(running.child)
    try {
      return (await running).stdout
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      throw new Error(`${stdout}${stderr}` || String(error))
    } finally {
      this.#running.delete(running.child)
    }
  }
}

/** It may have processes and mounts of its own to put away. */
async function endChild(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

const FOLDERS = ['packages', 'tests', 'scripts', 'bench']

const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', '.next', '.reports'])

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
