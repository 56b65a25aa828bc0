/** What a peer takes on the disk once it is installed: its package and everything that it depends on. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PeerName } from './dialect.ts'

/** In MiB of file contents. Node isn't counted, Bun is its own runtime. */
export function measureInstalled(root: string, peer: PeerName): number {
  const bench = join(root, 'bench')
  const bun = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`
  const name = { parlor: '@parlor/cli', 'socket.io': 'socket.io', 'ws loop': 'ws', bun }[peer]
  const folders = new Set<string>()
  collect(name, peer === 'parlor' ? root : bench, folders)
  return [...folders].reduce((sum, folder) => sum + sizeOf(folder), 0) / 1_048_576
}

/** The folders of a package and of its dependencies, found as Node finds them. */
function collect(name: string, from: string, folders: Set<string>): void {
  const folder = resolveFolder(name, from)
  if (!folder || folders.has(folder)) return
  folders.add(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: object }
  for (const dependency of Object.keys(manifest.dependencies ?? {})) collect(dependency, folder, folders)
}

function resolveFolder(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === dirname(at)) return undefined
  }
}

/** Without nested packages, which count by themselves, and without what a published package doesn't hold. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules' || /\.(test|contract)\.|\.tsbuildinfo$/.test(entry.name)) return sum
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sum + sizeOf(path)
    return sum + (entry.isFile() ? statSync(path).size : 0)
  }, 0)
}
