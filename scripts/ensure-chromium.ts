/** Makes sure that the browser tests have a Chromium, or says in one line what to install. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium } from './chromium.ts'

const hint = 'Install Chromium or Chrome, or set CHROMIUM_PATH to its executable, then run this again.'

const found = findChromium() ?? install()
if (found) console.log(`Chromium: ${found}`)
else process.exitCode = 1

function install(): string | undefined {
  if (process.env.CHROMIUM_PATH) {
    console.error(`CHROMIUM_PATH=${process.env.CHROMIUM_PATH} doesn't exist. ${hint}`)
    return undefined
  }
  if (!canInstall()) {
    console.error(`No Chromium found. ${hint}`)
    return undefined
  }
  console.log('No Chromium found: installing it with `apt-get update` and `apt-get install chromium`.')
  if (apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium')) return findChromium()
  console.error(`apt-get could not install chromium. ${hint}`)
  return undefined
}

// Only where nobody else's machine changes unasked: Debian and its kin, as root, as in a container or on CI.
function canInstall(): boolean {
  return process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0
}

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
}
