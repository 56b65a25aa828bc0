/** Makes sure that the peers are installed and Parlor is built; the rest of the project needs neither. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bunPath } from './server-process.ts'

/** Says what it does. Throws when npm or the build fails. */
export function prepare(root: string, say: (line: string) => void): void {
  if (!isInstalled(root)) {
    say('Installing the peers: npm ci --prefix bench')
    run('npm', ['ci', '--prefix', 'bench', '--loglevel=error'], root)
  }
  say('Building Parlor: npm run build')
  run('npm', ['run', '--silent', 'build'], root)
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
