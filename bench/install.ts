/** Makes sure that the peers are installed and Parlor is built; the rest of the project needs neither. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { bunPath, peerPath } from './server-process.ts'

/** Says what it does. Throws when npm or the build fails. */
export function prepare(root: string, say: (line: string) => void): void {
  if (!isInstalled(root)) {
    say('Installing the peers: npm ci --prefix bench')
    run('npm', ['ci', '--prefix', 'bench', '--loglevel=error'], root)
  }
  writePeers(root)
  say('Building Parlor: npm run build')
  run('npm', ['run', '--silent', 'build'], root)
}

/** The peers without their types, as Parlor's build is: what strips types takes 15 MiB of a server, and time at its start. */
function writePeers(root: string): void {
  const folder = join(root, 'bench', 'servers')
  for (const file of readdirSync(folder)) {
    const path = peerPath(root, basename(file, '.ts'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, stripTypeScriptTypes(readFileSync(join(folder, file), 'utf8')))
  }
}

function isInstalled(root: string): boolean {
  const marker = join(root, 'bench', 'node_modules', '.package-lock.json')
  const lock = join(root, 'bench', 'package-lock.json')
  return existsSync(bunPath(root)) && existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs
}

function run(command: string, args: readonly string[], root: string): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed with ${status}`)
}
