/** Installs a package of Debian for the tests, where nobody else's machine changes unasked. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

/** Debian and its kin, as root, as in a container or on CI. */
export function canInstallPackages(): boolean {
  return process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0
}

/** Installs it, and starts no service of it. Tells whether that worked; what apt-get says goes to stderr. */
export function installPackage(name: string): boolean {
  const asksOthers = existsSync(POLICY)
  // Debian's own way to say that an installed service isn't to be started.
  if (!asksOthers) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return apt('update') && apt('install', '-y', '--no-install-recommends', name)
  } finally {
    if (!asksOthers) rmSync(POLICY, { force: true })
  }
}

const POLICY = '/usr/sbin/policy-rc.d'

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
}
